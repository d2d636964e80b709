"""`ccreid figure NAME`: the paper's figures, of a data set and of trained models."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ccreid.app.arguments import CommandParser, Run

if TYPE_CHECKING:
    from ccreid.figures.paper_figures import MapKind

PURPOSE = """\
Draw one of the paper's figures to PNG or PDF.

The images are spread evenly over the data set, not picked; of rendered people, cam shows front, side and back. samples
and erasing take any data set with part maps, cam and ranks data in PRCC's layout."""

EXAMPLES = (
    "ccreid figure samples --data data/wardrobe",
    "ccreid figure erasing --data data/prcc --out erasing.pdf",
    "ccreid figure cam runs/*/seed0/model.safetensors --out cam.pdf",
    "ccreid figure ranks runs/baseline/seed0/model.safetensors runs/pixel_sampling_mse/seed0/model.safetensors",
)

OF_DATA: Final = {
    "samples": "Fig. 1: people, their parts, and the people repainted",
    "erasing": "Fig. 3: random erasing beside pixel sampling, and the histograms of their pixels",
}
OF_MODELS: Final = {
    "cam": "Fig. 4: where models look, by CAM of the identity they see and by Grad-CAM of the likeness to the gallery",
    "ranks": "Fig. 5: what models find for the same queries, right in green and wrong in red",
}

_MAPS: Final[dict[str, tuple["MapKind", ...]]] = {
    "both": ("CAM", "Grad-CAM"),
    "cam": ("CAM",),
    "grad-cam": ("Grad-CAM",),
}


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    figures = OF_DATA | OF_MODELS
    listed = "\n".join(f"  {name:<8} {what}" for name, what in figures.items())
    parser.describe(PURPOSE, EXAMPLES, notes=f"figures:\n{listed}\n\n")
    parser.add_argument("name", metavar="NAME", choices=tuple(figures), help=f"one of {', '.join(figures)}")
    parser.add_argument(
        "models", metavar="MODEL", nargs="*", type=Path, default=[], help="runs' model.safetensors, for cam and ranks"
    )
    parser.add_argument("--data", type=Path | None, help="folder of the data set; the first model's if left out")
    parser.add_argument("--out", type=Path | None, help="file to write, .png or .pdf (default: NAME.png)")
    parser.add_argument("--maps", choices=tuple(_MAPS), default="both", help="for cam: both kinds of maps, or one")
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1, ...")
    return functools.partial(_figure, parser)


def _figure(
    parser: CommandParser, name: str, models: list[Path], data: Path | None, out: Path | None, maps: str, device: str
) -> int:
    if name in OF_DATA and models:
        parser.error(f"{name} shows no model: leave {models[0]} out")
    if name in OF_DATA and data is None:
        parser.error(f"{name} needs a data set: give --data FOLDER")
    if name in OF_MODELS and not models:
        parser.error(f"{name} needs models: give the model.safetensors of one run or more")
    from ccreid.atomic_files import check_writable
    from ccreid.figures.drawing import check_picture_path

    path = out or Path(f"{name}.png")
    check_picture_path(path)
    check_writable(path)
    if data is not None and name in OF_DATA:
        _draw_data(name, data, path)
    else:
        _draw_models(name, models, data, path, _MAPS[maps], device)
    print(f"wrote {path}")
    return 0


def _draw_data(name: str, data: Path, out: Path) -> None:
    from ccreid.datasets.left_out import say_left_out
    from ccreid.datasets.open_data import open_data_set
    from ccreid.figures.drawing import save_picture
    from ccreid.figures.paper_figures import erasing_picture, samples_picture

    draw = samples_picture if name == "samples" else erasing_picture
    save_picture(draw(say_left_out(open_data_set(data, parts="required")).train), out)


def _draw_models(
    name: str, models: Sequence[Path], data: Path | None, out: Path, kinds: Sequence["MapKind"], device: str
) -> None:
    from ccreid.datasets.left_out import say_left_out
    from ccreid.figures.drawing import save_picture
    from ccreid.figures.paper_figures import cam_picture, ranks_picture
    from ccreid.figures.shown_models import data_root, model_labels, shown_data
    from ccreid.models.reid_model import ReIDModel

    loaded = [ReIDModel.from_pretrained(path, device) for path in models]
    named = dict(zip(model_labels(loaded), loaded, strict=True))
    shown = say_left_out(shown_data(data_root(loaded[0], models[0], data), loaded[0].recipe.data.modality))
    save_picture(cam_picture(named, shown, kinds) if name == "cam" else ranks_picture(named, shown), out)
