"""From a run to the file that ships: half the size, with its scores and its calibration as they were measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.errors import BadValueError, CcreidError
from ccreid.evaluation.calibrate import calibrate
from ccreid.evaluation.evaluate import evaluate_model
from ccreid.evaluation.labelled_people import labelled_people
from ccreid.evaluation.results import ResultRow, SourcedRow, results_tree
from ccreid.models.calibration import Calibration
from ccreid.models.checkpoint import About, as_half, save_half
from ccreid.models.reid_model import ReIDModel
from ccreid.provenance import Provenance, provenance

TOLERANCE: Final = 0.005
"""How far R1 and mAP may be off in half precision: half a per cent, or one query where that is more."""


class HalfPrecisionError(CcreidError, ValueError):
    """A model scores differently with weights of 16 bits; the message says where."""


@dataclass(frozen=True)
class ShipReport:
    """What was written; as text, a few lines.

    Attributes:
        out: The file.
        rows: What the model of the file scored.
        off: The greatest difference of a R1 or mAP to that in single precision.
        calibration: As measured.
    """

    out: Path
    rows: tuple[ResultRow, ...]
    off: float
    calibration: Calibration

    def __str__(self) -> str:
        size = self.out.stat().st_size / 2**20
        measured = len(self.rows)
        return (
            f"wrote {self.out}, {size:.1f} MB; R1 and mAP of its {measured} evaluations differ by {100 * self.off:.2f} "
            f"points at most from those in single precision"
        )


def ship_model(
    model: ReIDModel,
    out: Path,
    scored: Mapping[str, PeopleDataSet],
    calibrated: Mapping[str, PeopleDataSet],
    *,
    rates: Sequence[float] | None = None,
    others: Sequence[SourcedRow] = (),
    command: Sequence[str] = ("ccreid", "ship"),
) -> ShipReport:
    """Write a model in half precision, having evaluated it so and measured what its similarity means.

    Args:
        model: In single precision.
        out: The file, .safetensors; its name is the model's.
        scored: Data sets whose scores the file is to bear, by the names that it calls them.
        calibrated: Data sets on whose test people thresholds are measured, pairs within each; people of none of them
            may have been trained on.
        rates: False-match rates; see `calibrate`.
        others: Scores of the recipe with other seeds; those on the scored data sets are kept beside the model's own.
        command: What was called, for the scores' provenance.

    Returns:
        What was written.

    Raises:
        HalfPrecisionError: A score in half precision is off by more than `TOLERANCE`; nothing is written.
        BadValueError: There is nothing to score or to calibrate on.
    """
    if not scored or not calibrated:
        raise BadValueError("a model ships with its scores and its calibration: name a data set for each")
    half = ReIDModel(as_half(model.network), model.recipe, model.device, model.epoch)
    rows: list[SourcedRow] = []
    off = 0.0
    for name, data in scored.items():
        exact, rounded = evaluate_model(model, data), evaluate_model(half, data)
        off = max(off, _difference(name, exact, rounded))
        origin = provenance(data.root, command)
        rows += [(replace(row, dataset=name), origin) for row in rounded]
        rows += [
            (replace(row, dataset=name), _without_recipe(source))
            for row, source in others
            if source["data"] == origin["data"] and row.recipe == model.recipe.name and row.seed != model.recipe.seed
        ]
    calibration = calibrate(
        [labelled_people(half, data) for data in calibrated.values()], list(calibrated), rates
    ).calibration
    # Where the data lay on the machine that trained is nobody's business.
    recipe = replace(model.recipe, data=replace(model.recipe.data, root=None, pack=None))
    about = About(recipe, model.epoch or 0, model.network.num_identities, calibration, results_tree(rows))
    save_half(out, model.network, about)
    own = tuple(row for row, _ in rows if row.seed == model.recipe.seed)
    return ShipReport(out, own, off, calibration)


def _without_recipe(source: Provenance) -> Provenance:
    """Return where a row comes from without its recipe, which says where the data lay."""
    kept = source.copy()
    kept.pop("recipe", None)
    return kept


def _difference(name: str, exact: Sequence[ResultRow], rounded: Sequence[ResultRow]) -> float:
    """Return the greatest difference of a R1 or mAP of the same evaluations; refuse one that is too great."""
    most = 0.0
    for one, other in zip(exact, rounded, strict=True):
        for metric in ("R1", "mAP"):
            difference = abs(getattr(one, metric) - getattr(other, metric))
            if difference > max(TOLERANCE, 1.001 / max(one.queries, 1)):
                raise HalfPrecisionError(
                    f"on {name}, {one.setting}, {metric} is {100 * getattr(one, metric):.1f} in single and "
                    f"{100 * getattr(other, metric):.1f} in half precision: keep the model as it is"
                )
            most = max(most, difference)
    return most
