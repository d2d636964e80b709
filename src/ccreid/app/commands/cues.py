"""`ccreid cues MODEL...`: which parts trained models look at, and from where they recognise people."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ccreid.app.arguments import CommandParser, Run

if TYPE_CHECKING:
    from ccreid.explain.cues import Cues

PURPOSE = """\
Measure how much of each model's class activation maps falls on each part, and its accuracy by viewing angle.

The shares are of the test images that have part maps. Rank-1 accuracy by viewing angle, across clothes in the whole
gallery, is measured on rendered people, of whom the angle is known. The data are in PRCC's layout. Writes cues.json
beside each model."""

EXAMPLES = (
    "ccreid cues runs/baseline/seed0/model.safetensors runs/pixel_sampling_mse/seed0/model.safetensors",
    "ccreid cues runs/hpm/seed*/model.safetensors --data data/wardrobe --images 500",
)


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    parser.add_argument("models", metavar="MODEL", nargs="+", type=Path, help="a run's model.safetensors")
    parser.add_argument("--data", type=Path | None, help="folder of the data set; each model's own if left out")
    parser.add_argument("--images", type=int | None, help="most images to take maps of; all test images if left out")
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1, ...")
    parser.add_argument("--json", action="store_true", help="print as JSON, in fractions, instead of a table")
    return lambda json, **values: _cues(**values, as_json=json)


def _cues(models: Sequence[Path], data: Path | None, images: int | None, device: str, *, as_json: bool) -> int:
    from ccreid.app.terminal_tables import print_cues
    from ccreid.atomic_files import check_writable
    from ccreid.datasets.left_out import say_left_out
    from ccreid.evaluation import provenance
    from ccreid.explain.cues import measure_cues
    from ccreid.explain.cues_file import CUES_FILE, write_cues
    from ccreid.figures.shown_models import data_root, model_labels, shown_data
    from ccreid.models.reid_model import ReIDModel

    shown = [ReIDModel.from_pretrained(path, device) for path in models]
    outs = [(path if path.is_dir() else path.parent) / CUES_FILE for path in models]
    for out in outs:
        check_writable(out)
    found: dict[str, Cues] = {}
    roots: set[Path] = set()
    for path, model, label, out in zip(models, shown, model_labels(shown), outs, strict=True):
        root = data_root(model, path, data)
        opened = shown_data(root, model.recipe.data.modality)
        if root not in roots:
            say_left_out(opened)
        roots.add(root)
        found[label] = measure_cues(model, opened, images)
        command = ["ccreid", "cues", str(path), "--data", str(root)]
        command += [] if images is None else ["--images", str(images)]
        write_cues(out, found[label].tree(), provenance(root, command))
    if as_json:
        print(json.dumps({label: cues.tree() for label, cues in found.items()}, indent=2))
    else:
        print_cues(found)
    return 0
