"""What `ccreid threshold` writes: the thresholds and the curves as JSON, and the curves as pictures."""

import json
from pathlib import Path
from typing import Any, Final

from ccreid.atomic_files import write_atomically
from ccreid.evaluation.calibrate import Measured, curve
from ccreid.figures.drawing import save_picture
from ccreid.figures.similarity_curves import det_plot, roc_plot, similarity_plot

FORMAT: Final = "ccreid-thresholds-1"


def thresholds_tree(measured: Measured, model: str) -> dict[str, Any]:
    """Return the content of thresholds.json: the calibration, and what every threshold does; shares are fractions.

    Args:
        measured: Of `calibrate`.
        model: What made the features.
    """
    drawn = curve(measured.counts)
    return {
        "format": FORMAT,
        "model": model,
        "calibration": measured.calibration.tree(),
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
