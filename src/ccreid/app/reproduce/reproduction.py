"""A table from its recipes to its files: what `ccreid reproduce` does."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ccreid.app.reproduce.cue_cells import cue_grid
from ccreid.app.reproduce.found_runs import find_runs
from ccreid.app.reproduce.paper_tables import Table
from ccreid.app.reproduce.result_cells import results_grid
from ccreid.app.reproduce.run_workers import train_runs
from ccreid.app.reproduce.sheet import Sheet
from ccreid.app.reproduce.sheet_formats import markdown
from ccreid.app.reproduce.table_facts import table_facts
from ccreid.app.reproduce.table_files import fill_section, require_section, write_table_files
from ccreid.app.reproduce.table_runs import Failure, table_runs
from ccreid.atomic_files import check_writable
from ccreid.evaluation import data_fingerprint
from ccreid.explain.cues_file import read_cues


@dataclass(frozen=True)
class Reproduction:
    """What is asked for.

    Attributes:
        table: Which.
        data: The data set.
        profile: Name or file of the settings that go over each recipe's; None for none.
        seeds: Trainings of each recipe.
        runs: Folder of the runs of all tables.
        out: Folder of the table's files.
        page: Markdown file whose section of the table is filled; None for none.
    """

    table: Table
    data: Path
    profile: str | None
    seeds: int
    runs: Path
    out: Path
    page: Path | None

    @property
    def command(self) -> list[str]:
        """The command line that makes the table again, without what only says how fast and where to."""
        profile = [] if self.profile is None else ["--profile", self.profile]
        wanted = ["--data", str(self.data), *profile, "--seeds", str(self.seeds)]
        return ["ccreid", "reproduce", self.table.name, *wanted]


def train_and_write(wanted: Reproduction, jobs: int) -> list[Failure]:
    """Train what is not finished, write the table's files, and return the runs that gave no result.

    Args:
        wanted: The table, its data and its folders.
        jobs: Trainings that run side by side.

    Raises:
        ValueError: A number is out of its range, a recipe or profile cannot be read, or the page has no such section.
        FileNotFoundError: There is no such data set.
        MissingExtraError: There is something to train, and the extra `train` is absent.
        KeyboardInterrupt: Ctrl-C; what is finished is kept.
    """
    _check(wanted)
    runs = table_runs(wanted.table, wanted.data, wanted.profile, wanted.seeds, wanted.runs)
    found = find_runs(runs, data_fingerprint(wanted.data))
    print(f"{wanted.table.name}: {len(found.finished)} of {len(runs)} runs are finished already", file=sys.stderr)
    if found.missing:
        import ccreid.training.lightning  # noqa: F401  # says at once, and not run by run, that an extra is absent

    failures = train_runs(found.missing, jobs, wanted.command)
    # Folders that hold something else are found again.
    return failures + write_finished(wanted)


def write_finished(wanted: Reproduction) -> list[Failure]:
    """Write the table's files from what is finished, and return the runs whose folders hold something else.

    Raises as `train_and_write`.
    """
    _check(wanted)
    table = wanted.table
    runs = table_runs(table, wanted.data, wanted.profile, wanted.seeds, wanted.runs)
    found = find_runs(runs, data_fingerprint(wanted.data))
    rows = [sourced for run_rows in found.finished.values() for sourced in run_rows]
    held = {(run.recipe.name, run.recipe.seed): read_cues(run.folder) for run in runs if run.folder in found.finished}
    cues = {key: tree for key, tree in held.items() if tree is not None}
    sheet = Sheet(
        table.title,
        table_facts(runs, rows, shlex.join(wanted.command), wanted.data, wanted.profile, wanted.seeds),
        results_grid(table, [row for row, _ in rows], wanted.data.name),
        cue_grid(table, cues),
        table.notes,
    )
    paths = write_table_files(table, sheet, rows, cues, wanted.out)
    if wanted.page is not None:
        fill_section(wanted.page, table, sheet)
        paths.append(wanted.page)
    print(f"{table.title}\n\n{markdown(sheet)}")
    print(f"written: {', '.join(map(str, paths))}")
    return found.failures


def report(failures: Sequence[Failure]) -> int:
    """Print why runs gave no result, and return the exit status."""
    for failure in failures:
        print(f"{failure.run.title} failed: {failure.reason}", file=sys.stderr)
    return 1 if failures else 0


def _check(wanted: Reproduction) -> None:
    check_writable(wanted.out / f"{wanted.table.name}.json")
    if wanted.page is not None:
        require_section(wanted.page, wanted.table)
