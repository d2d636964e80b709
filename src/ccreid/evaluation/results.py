"""Result rows, their mean over seeds, and the file that keeps them beside where they come from."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from ccreid.atomic_files import locked, remove_temporary_files_of, write_atomically
from ccreid.datasets.retrieval_setting import SettingName
from ccreid.datasets.tracks import Unit
from ccreid.errors import BadValueError, CcreidError, MissingFileError
from ccreid.provenance import Provenance

Protocol = Literal["all-gallery", "single-shot", "all-gallery-reranked"]

METRICS: Final = ("R1", "R5", "R10", "mAP", "mINP")
"""The metrics of a `ResultRow`, in the order in which they are shown."""

_FORMAT = "ccreid-results-1"


class ResultsError(CcreidError, ValueError):
    """A result row or a results file is not valid; the message names the value or the file."""


@dataclass(frozen=True)
class ResultRow:
    """One evaluation of one trained model; metrics are fractions 0..1, not per cent.

    Attributes:
        recipe: Name of the recipe.
        seed: Seed of the training.
        setting: `cross` for matches in other clothes than the query's, `same` for the same clothes, `standard` where
            clothes are not looked at.
        protocol: `all-gallery`, `single-shot` or `all-gallery-reranked`, see `ccreid.evaluation.protocols`.
        R1: Share of queries with a match at rank 1.
        R5: The same for the first 5 ranks.
        R10: The same for the first 10 ranks.
        mAP: Mean average precision.
        mINP: Mean inverse negative penalty.
        queries: Number of queries that were evaluated.
        skipped: Number of queries that have no match in the gallery.
        absent_queries: Number of the evaluated queries in which the model found nothing to compare, such as no face:
            misses, which count.
        absent_gallery: Number of gallery images in which it found nothing, and which are thus never found.
        dataset: Name of the data set, see `PeopleDataSet.name`; empty in files from before there were several.
        unit: What a query and an item of the gallery is, and what all counts are of: images or tracks.
        dropped: Which matches do not count, in words, see `RetrievalSetting.dropped`; empty in files from before it was
            said.

    Raises:
        ResultsError: The setting, protocol or unit is unknown, a metric is outside 0..1, or a count is negative.
    """

    recipe: str
    seed: int
    setting: SettingName
    protocol: Protocol
    R1: float
    R5: float
    R10: float
    mAP: float  # noqa: N815  # the metric's name
    mINP: float  # noqa: N815
    queries: int
    skipped: int
    absent_queries: int = 0
    absent_gallery: int = 0
    dataset: str = ""
    unit: Unit = "images"
    dropped: str = ""

    def __post_init__(self) -> None:
        for name, value, known in (
            ("setting", self.setting, get_args(SettingName)),
            ("protocol", self.protocol, get_args(Protocol)),
            ("unit", self.unit, get_args(Unit)),
        ):
            if value not in known:
                raise ResultsError(f"the {name} is {value!r}, expected {' or '.join(known)}")
        for name in METRICS:
            if not 0 <= getattr(self, name) <= 1:
                raise ResultsError(f"{name} of {self.recipe!r} is {getattr(self, name)}, expected a fraction in 0..1")
        for name in ("queries", "skipped", "absent_queries", "absent_gallery"):
            if getattr(self, name) < 0:
                raise ResultsError(f"{self.recipe!r} has {getattr(self, name)} {name}, expected a count")

    @property
    def key(self) -> tuple[str, int, str, str, str]:
        """What makes the row the same evaluation as another: recipe, seed, setting, protocol and data set."""
        return self.recipe, self.seed, self.setting, self.protocol, self.dataset


SourcedRow = tuple[ResultRow, Provenance]
"""A row with where it comes from."""


def write_results(path: Path, rows: Sequence[ResultRow], provenance: Provenance) -> None:
    """Write rows to a JSON file; rows in the file with other keys stay, those with the same key are replaced.

    The file has `rows`, each a flat object with the fields of `ResultRow` and `run`, and `runs`, the list of
    provenances that `run` points into. Metrics are fractions 0..1. A row in the file that does not say its data set is
    replaced by one of any. The file is replaced as a whole once it is complete, and processes that write to it at the
    same time wait for each other, so that none loses a row.

    Args:
        path: The file; its folder is made if need be.
        rows: Rows of one run or evaluation.
        provenance: Where these rows come from.

    Raises:
        ResultsError: The file exists and is not a results file.
        WriteError: The file cannot be written.
    """
    with locked(path):
        remove_temporary_files_of(path)
        write_atomically(path, json.dumps(results_tree(_merged(path, rows, provenance)), indent=2) + "\n")


def results_tree(rows: Sequence[SourcedRow]) -> dict[str, Any]:
    """Return what a results file with these rows holds, as plain lists and dictionaries; see `write_results`."""
    runs: list[Provenance] = []
    flat_rows = []
    for row, origin in rows:
        if origin not in runs:
            runs.append(origin)
        flat_rows.append({**asdict(row), "run": runs.index(origin)})
    return {"format": _FORMAT, "rows": flat_rows, "runs": runs}


def read_results(path: Path) -> list[ResultRow]:
    """Return the rows of a file that `write_results` wrote.

    Raises:
        FileNotFoundError: There is no such file.
        ResultsError: The file is not a results file.
    """
    return [row for row, _ in read_sourced_results(path)]


def read_sourced_results(path: Path) -> list[SourcedRow]:
    """Return the rows of a file that `write_results` wrote, each with where it comes from; raises as `read_results`."""
    if not path.is_file():
        raise MissingFileError(f"{path} does not exist: train or evaluate a model first, which writes it")
    return _read(path)


def sourced_rows(tree: Mapping[str, Any]) -> list[SourcedRow]:
    """Return the rows that `results_tree` made a tree of, each with where it comes from.

    Raises:
        ResultsError: The tree is of another format.
    """
    if tree["format"] != _FORMAT:
        raise ResultsError(f"its format is {tree['format']!r}, expected {_FORMAT!r}")
    return [
        (ResultRow(**{name: value for name, value in row.items() if name != "run"}), tree["runs"][row["run"]])
        for row in tree["rows"]
    ]


def _merged(path: Path, rows: Sequence[ResultRow], provenance: Provenance) -> list[SourcedRow]:
    """Return the rows of a file, if there is one, that new rows do not replace, and the new ones."""
    kept: dict[tuple[str, int, str, str, str], SourcedRow] = {}
    if path.is_file():
        renewed = {replace(row, dataset="").key for row in rows if row.dataset}
        kept = {row.key: (row, origin) for row, origin in _read(path) if row.key not in renewed}
    kept |= {row.key: (row, provenance) for row in rows}
    return list(kept.values())


def _read(path: Path) -> list[SourcedRow]:
    try:
        return sourced_rows(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ResultsError(f"{path} is not a results file ({error}): move it away, or choose another file") from error


@dataclass(frozen=True)
class MeanSpread:
    """A mean over seeds with its sample standard deviation, NaN for a single seed."""

    mean: float
    deviation: float
    count: int

    def percent(self) -> str:
        """Return the value in per cent, such as "61.2 ± 1.4", or "61.2" for a single seed."""
        if self.count == 1:
            return f"{100 * self.mean:.1f}"
        return f"{100 * self.mean:.1f} ± {100 * self.deviation:.1f}"


def mean_spread(values: Sequence[float]) -> MeanSpread:
    """Return the mean and the sample standard deviation (n - 1) of the values.

    Raises:
        ValueError: There is no value.
    """
    if not values:
        raise BadValueError("a mean needs at least one value")
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return MeanSpread(mean, math.nan, 1)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return MeanSpread(mean, deviation, len(values))


def over_seeds(rows: Sequence[ResultRow], recipe: str, setting: str, protocol: str, metric: str) -> MeanSpread:
    """Return one metric of one recipe, setting and protocol over all its seeds.

    Args:
        rows: Result rows of any recipes.
        recipe: A recipe's name.
        setting: cross, same or standard.
        protocol: all-gallery or single-shot.
        metric: R1, R5, R10, mAP or mINP.

    Returns:
        Fractions 0..1.

    Raises:
        ValueError: No row fits.
    """
    fitting = [
        float(getattr(row, metric))
        for row in rows
        if (row.recipe, row.setting, row.protocol) == (recipe, setting, protocol)
    ]
    if not fitting:
        raise BadValueError(f"there is no result of {recipe!r} for setting {setting!r} and protocol {protocol!r}")
    return mean_spread(fitting)
