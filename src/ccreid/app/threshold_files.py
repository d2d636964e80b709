"""What `ccreid threshold` writes, and what reads it: thresholds and curves as JSON, and the curves as pictures."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ccreid.atomic_files import write_atomically
from ccreid.errors import BadValueError, MissingFileError
from ccreid.evaluation.calibrate import Measured, curve
from ccreid.figures.drawing import save_picture
from ccreid.figures.similarity_curves import det_plot, roc_plot, similarity_plot
from ccreid.models.calibration import Calibration
from ccreid.models.reid_model import ReIDModel
from ccreid.retrieval.feature_mark import fingerprint

FORMAT: Final = "ccreid-thresholds-1"


@dataclass(frozen=True)
class Thresholds:
    """What a thresholds.json says beside the curves.

    Attributes:
        model: What the model is called that made the features.
        fingerprint: That model's, see `ccreid.retrieval.feature_mark`.
        other_clothes: Whether what is worn did not count.
        calibration: The thresholds.
    """

    model: str
    fingerprint: str
    other_clothes: bool
    calibration: Calibration


def thresholds_tree(thresholds: Thresholds, measured: Measured) -> dict[str, Any]:
    """Return the content of thresholds.json: the calibration, and what every threshold does; shares are fractions.

    Args:
        thresholds: All but the curves.
        measured: Of `calibrate`.
    """
    drawn = curve(measured.counts)
    return {
        "format": FORMAT,
        **asdict(thresholds),
        "curve": {
            "similarity": drawn.similarity.tolist(),
            "false_match_rate": drawn.false_matches.tolist(),
            "found": {clothes: found.tolist() for clothes, found in drawn.found.items()},
        },
    }


def write_thresholds(measured: Measured, tree: dict[str, Any], folder: Path) -> None:
    """Write thresholds.json and, as PNG and SVG, similarity, roc and det.

    Args:
        measured: Of `calibrate`.
        tree: Of `thresholds_tree`.
        folder: Is made where it is not there.

    Raises:
        WriteError: A file cannot be written.
        MissingExtraError: matplotlib is not installed.
    """
    for name, plot in (("similarity", similarity_plot), ("roc", roc_plot), ("det", det_plot)):
        drawing = plot(measured)
        for suffix in (".png", ".svg"):
            save_picture(drawing, folder / f"{name}{suffix}")
    write_atomically(folder / "thresholds.json", json.dumps(tree, indent=2) + "\n")


def read_thresholds(path: Path, model: ReIDModel) -> Thresholds:
    """Return what a thresholds.json says.

    Args:
        path: The file.
        model: Whose thresholds are wanted.

    Raises:
        MissingFileError: There is no such file.
        BadValueError: It is another file, or of another model.
    """
    advice = "give the thresholds.json that `ccreid threshold FEATURES --out FOLDER` wrote"
    if not path.is_file():
        raise MissingFileError(f"there is no file {path}: {advice}")
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        said = {name: tree[name] for name in ("model", "fingerprint", "other_clothes")}
        found = Thresholds(**said, calibration=Calibration.from_tree(tree["calibration"]))
        if not all(
            math.isfinite(one.fmr) and math.isfinite(one.similarity.value) for one in found.calibration.thresholds
        ):
            raise ValueError("a threshold is no number")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadValueError(f"{path} holds no thresholds: {advice}") from error
    if found.fingerprint != fingerprint(model):
        raise BadValueError(
            f"{path} has thresholds of the model {found.model}, and this is {model.name}: measure them anew"
        )
    return found
