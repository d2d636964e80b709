"""What is finished of a table's runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ccreid.app.reproduce.table_runs import Failure, TableRun
from ccreid.errors import CcreidError
from ccreid.evaluation.results import SourcedRow
from ccreid.training.run_folder import rows_of_run


@dataclass(frozen=True)
class FoundRuns:
    """What is there of a table's runs.

    Attributes:
        finished: Rows with their origin, by the run's folder.
        missing: Runs that have not started or not ended.
        failures: Runs whose folder holds something else.
    """

    finished: dict[Path, list[SourcedRow]]
    missing: list[TableRun]
    failures: list[Failure]


def find_runs(runs: Sequence[TableRun], fingerprint: str) -> FoundRuns:
    """Return what is finished; no image and no weights are read.

    Args:
        runs: Of a table.
        fingerprint: Of their data set; see `data_fingerprint`.
    """
    found = FoundRuns({}, [], [])
    for run in runs:
        try:
            rows = rows_of_run(run.recipe, run.folder, fingerprint)
        except CcreidError as error:
            found.failures.append(Failure(run, str(error)))
            continue
        if rows:
            found.finished[run.folder] = rows
        else:
            found.missing.append(run)
    return found
