"""What a model loses on photos as a file in 8 bits; into docs/export.md.

    python benchmarks/exported_probes.py PHOTOS [MODEL...]

PHOTOS is laid out as benchmarks/photo_probes.py has it, with Market-1501's training images beside its test images, of
which 128 say what range the numbers inside the 8-bit file have. MODEL is ccreid-small where it is left out. Writes
docs/results/exported_probes.json and the section of docs/export.md between the two comments that name this file.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import photo_probes
from exported_precision import CALIBRATION, FromFile
from result_files import origin_lines, write_json

from ccreid.evaluation import provenance
from ccreid.figures.page_section import replace_section
from ccreid.models.export.export_model import Exported, export_int8, export_onnx
from ccreid.models.reid_model import ReIDModel
from ccreid.models.shipped import DEFAULT

METRICS = ("R1", "R5", "mAP")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("models", nargs="*", default=[DEFAULT], help="run folders, files, or names of models that ship")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--page", type=Path, default=Path("docs/export.md"))
    arguments = parser.parse_args()
    readings = [
        one for name in arguments.models for one in measured(ReIDModel.from_pretrained(name, "cpu"), arguments.photos)
    ]
    run = provenance(arguments.photos / "clothes_change", ["python", *sys.argv])
    write_json(arguments.out / "exported_probes.json", {"readings": readings, "run": run})
    section = "\n".join([*origin_lines(run), "", *table(readings), "", *losses(readings), ""])
    replace_section(arguments.page, "benchmarks/exported_probes.py", section)
    print(section)


def measured(model: ReIDModel, photos: Path) -> list[dict[str, Any]]:
    """Return a model's scores on the probes in float32 and in 8 bits.

    Both are of files: the one in float32 is written only where it gives PyTorch's features, and runs faster than torch.

    Args:
        model: It.
        photos: Folder of the probes.

    Returns:
        Of each file and way of asking: model, precision, MB, the greatest difference of a feature as seen on export,
        and the scores as of `photo_probes.scores`.
    """
    shown = sorted((photos / "market1501" / "bounding_box_train").glob("*.jpg"))
    shown = shown[:: -(-len(shown) // CALIBRATION)]
    readings = []
    with tempfile.TemporaryDirectory() as folder:
        for written in (
            export_onnx(model, Path(folder, "float32.onnx")),
            export_int8(model, Path(folder, "int8.onnx"), shown),
        ):
            print(written, file=sys.stderr)
            readings += of_file(model, written, photos)
    return readings


def of_file(model: ReIDModel, written: Exported, photos: Path) -> list[dict[str, Any]]:
    found = photo_probes.scores(model.name, FromFile(model, written), photos, set())
    return [
        {
            "model": asked,
            "precision": written.precision,
            "size": written.bytes / 2**20,
            "difference": written.difference,
            "queries": {probe: scores["queries"] for probe, scores in probes.items()},
            "scores": {probe: [scores[name]["value"] for name in METRICS] for probe, scores in probes.items()},
        }
        for asked, probes in found.items()
    ]


def table(readings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the readings as a table in Markdown."""
    probes = list(readings[0]["scores"])
    heads = ["model", "precision", "MB", "difference", *(f"{' / '.join(METRICS)}, {probe}" for probe in probes)]
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for one in readings:
        file = [f"{one['size']:.1f}", f"{one['difference']:.1e}"]
        scores = [" / ".join(f"{100 * value:.1f}" for value in one["scores"][probe]) for probe in probes]
        lines.append(f"| {' | '.join([one['model'], one['precision'], *file, *scores])} |")
    return lines


def losses(readings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each file in 8 bits: the R1 that it loses against float32, in points and in queries."""
    lines = []
    plain = {one["model"]: one for one in readings if one["precision"] == "float32"}
    for one in readings:
        if one["precision"] == "int8":
            said = []
            for probe, (first, *_) in one["scores"].items():
                lost = plain[one["model"]]["scores"][probe][0] - first
                queries = one["queries"][probe]
                said.append(f"{100 * lost:+.1f} points on {probe} ({lost * queries:+.0f} of {queries} queries)")
            lines.append(f"In 8 bits {one['model']} loses in R1: {', '.join(said)}.")
    return lines


if __name__ == "__main__":
    main()
