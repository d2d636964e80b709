"""What a model loses as a file in float32, float16 and 8 bits, in R1 and mAP; into docs/export.md.

    python benchmarks/exported_precision.py data/wardrobe-mini runs/baseline/seed0 [MODEL...]

Exports each model three times, in 8 bits by training images as `ccreid export --int8` takes them, and evaluates the
test images by what onnxruntime makes of them. Writes docs/results/exported_precision.json and the section of
docs/export.md between the two comments that name this file.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from result_files import origin_lines, write_json

from ccreid.datasets.images import read_image
from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.pack import Pack
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import provenance
from ccreid.evaluation.evaluate import evaluate_model
from ccreid.figures.page_section import replace_section
from ccreid.models.export.export_model import Exported, export_int8, export_onnx
from ccreid.models.reid_model import ReIDModel

BATCH = 16
CALIBRATION = 128


@dataclass
class Reading:
    """One model in one precision.

    Attributes:
        model: Its recipe and seed.
        precision: "PyTorch", or the file's.
        size: Of the file in MB.
        difference: Greatest length of the difference of a feature from PyTorch's, as seen on export.
        scores: R1 and mAP of each setting, all-gallery, fractions.
    """

    model: str
    precision: str
    size: float
    difference: float
    scores: dict[str, tuple[float, float]]


class FromFile(ReIDModel):
    """A model whose features of a data set come from its file."""

    def __init__(self, model: ReIDModel, written: Exported) -> None:
        super().__init__(model.network, model.recipe, "cpu", model.epoch)
        self.name = model.name
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        self._session = onnxruntime.InferenceSession(written.path, options)

    def embed(self, images: Sequence[Path], **_: Any) -> NDArray[np.float32]:  # type: ignore[override]
        """Return the features of photos."""
        found = []
        for first in range(0, len(images), BATCH):
            pixels = [read_image(path, *self.size).numpy() for path in images[first : first + BATCH]]
            found.append(self._session.run(None, {"images": np.stack(pixels)})[0])
        return np.concatenate(found)

    def embed_records(self, records: Sequence[ImageRecord], pack: Pack | None = None) -> NDArray[np.float32]:
        """Return the features of a data set's images."""
        return self.embed([record.image for record in records])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--page", type=Path, default=Path("docs/export.md"))
    arguments = parser.parse_args()
    data = open_data_set(arguments.data)
    readings = [one for path in arguments.models for one in measured(ReIDModel.from_pretrained(path, "cpu"), data)]
    run = provenance(arguments.data, ["python", *sys.argv])
    write_json(arguments.out / "exported_precision.json", {"readings": [asdict(one) for one in readings], "run": run})
    section = "\n".join([*origin_lines(run), "", *table(readings), ""])
    replace_section(arguments.page, "benchmarks/exported_precision.py", section)
    print(section)


def measured(model: ReIDModel, data: PeopleDataSet) -> list[Reading]:
    """Return the readings of a model in all precisions, PyTorch's own first."""
    photos = [record.image for record in data.train]
    photos = photos[:: -(-len(photos) // CALIBRATION)]
    readings = [reading(model, data, "PyTorch", 0.0, 0.0)]
    with tempfile.TemporaryDirectory() as folder:
        for written in (
            export_onnx(model, Path(folder, "float32.onnx")),
            export_onnx(model, Path(folder, "float16.onnx"), "float16"),
            export_int8(model, Path(folder, "int8.onnx"), photos),
        ):
            size = written.bytes / 2**20
            readings.append(reading(FromFile(model, written), data, written.precision, size, written.difference))
    return readings


def reading(model: ReIDModel, data: PeopleDataSet, precision: str, size: float, difference: float) -> Reading:
    """Evaluate a model, as `Reading` has it."""
    rows = evaluate_model(model, data)
    scores = {row.setting: (row.R1, row.mAP) for row in rows if row.protocol == "all-gallery"}
    return Reading(f"{model.recipe.name} seed {model.recipe.seed}", precision, size, difference, scores)


def table(readings: Sequence[Reading]) -> list[str]:
    """Return the readings as a table in Markdown."""
    settings = list(readings[0].scores)
    heads = ["model", "precision", "MB", "difference", *(f"R1 / mAP, {setting}" for setting in settings)]
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for one in readings:
        written: list[Any] = ["", ""] if one.precision == "PyTorch" else [f"{one.size:.1f}", f"{one.difference:.1e}"]
        scores = [f"{100 * one.scores[setting][0]:.1f} / {100 * one.scores[setting][1]:.1f}" for setting in settings]
        lines.append(f"| {' | '.join([one.model, one.precision, *written, *scores])} |")
    return lines


if __name__ == "__main__":
    main()
