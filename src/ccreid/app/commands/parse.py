"""`ccreid parse IMAGES OUT`: part maps for a folder tree of images."""

import functools
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ccreid.app.arguments import CommandParser, Run
from ccreid.errors import BadValueError
from ccreid.parsing.known_parsers import PARSERS

if TYPE_CHECKING:
    from ccreid.parsing.tree.engine import Engine

EXAMPLES = (
    "ccreid parse data/prcc/rgb data/prcc/parts",
    "ccreid parse data/ltcc data/ltcc/parts",
    "ccreid parse photos parts --parser schp-atr --weights exp-schp-201908301523-atr.pth --overlay",
    "ccreid parse data/prcc/mask_6 data/prcc/parts --parser mask6",
    "ccreid parse photos parts --parser onnx:bodypix.onnx --merge bodypix.yaml --overlay",
    "RAY_ADDRESS=head:6379 ccreid parse photos parts --engine ray",
)


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(parse, EXAMPLES, _parsers())


def parse(
    images: Path,
    out: Path,
    parser: str = "lite",
    weights: str | None = None,
    merge: Path | None = None,
    keep_labels: bool = False,
    overlay: bool = False,
    overwrite: bool = False,
    rgb: Path | None = None,
    device: str = "auto",
    batch: int = 8,
    engine: Literal["local", "ray"] = "local",
    workers: int | None = None,
) -> int:
    """Parse every image of a folder tree into a map of the six parts, a palette PNG in a like tree.

    An interrupted parsing goes on where it stopped when the command is given again.

    Args:
        images: Root of the images, in any common format and in folders as you like.
        out: Root of the part maps, such as parts/ beside PRCC's rgb/, or parts/ inside the root of another data set.
        parser: One of those listed below; our own where it is left out.
        weights: The parser's weights, see below.
        merge: YAML file of `label: part` lines that differ from the authors' merge, such as `bag: background`; for
            onnx:FILE, all its labels and how it is fed.
        keep_labels: Also write the parser's own labels, to OUT_labels.
        overlay: Also write pictures to check by eye, and a page of them, doubtful ones first, to OUT_overlay.
        overwrite: Replace PNGs under OUT that this command did not make.
        rgb: For mask6, root of the masks' images, whose size the maps get; rgb beside IMAGES where it is left out.
        device: auto, cpu, cuda, cuda:1, ...
        batch: Images that go through the parser at once.
        engine: local parses in this process; ray on the cluster that RAY_ADDRESS names, or on this machine's cores.
        workers: Ray's workers, each with a parser of its own; one for each core, or GPU, where it is left out.
    """
    from ccreid.datasets.decoding import IMAGE_SUFFIXES
    from ccreid.datasets.left_out import say_passed_over
    from ccreid.parsing.known_parsers import build_parser, check_choice
    from ccreid.parsing.mask6 import SoftMaskFiles
    from ccreid.parsing.tree.parse import parse_tree

    check_choice(parser, weights)
    if rgb is not None and parser != "mask6":
        raise BadValueError(f"--rgb {rgb} is for --parser mask6: leave it out")
    files = SoftMaskFiles.beside(images, rgb) if parser == "mask6" else None
    if files is None:
        say_passed_over(images, IMAGE_SUFFIXES)
    else:
        say_passed_over(images, files.suffixes, "soft masks")
    report = parse_tree(
        images,
        out,
        functools.partial(build_parser, _anywhere(parser), _absolute(weights), device, merge and merge.absolute()),
        files=files,
        merge=merge,
        batch=batch,
        keep_labels=keep_labels,
        overlay=overlay,
        overwrite=overwrite,
        engine=_engine(engine, workers, device),
    )
    if files is not None and files.images is None:
        note = f"{images} has no rgb beside it: each map has its mask's size, not its image's; give --rgb FOLDER"
        print(note, file=sys.stderr)
    print(report)
    for broken in report.broken:
        print(broken.reason, file=sys.stderr)
    return 1 if report.broken and not report.written and not report.skipped else 0


def _engine(name: str, workers: int | None, device: str) -> "Engine":
    from ccreid.parsing.tree.engine import run_here
    from ccreid.parsing.tree.ray_parsing import run_on_ray

    if name == "ray":
        return functools.partial(run_on_ray, workers=workers, gpu=device != "cpu")
    if workers is not None:
        raise BadValueError(f"--workers {workers} is for --engine ray: leave it out, or add --engine ray")
    return run_here


def _anywhere(parser: str) -> str:
    """Make the path in onnx:FILE absolute, for Ray's workers."""
    kind, separator, path = parser.partition(":")
    return f"{kind}:{Path(path).absolute()}" if separator else parser


def _absolute(weights: str | None) -> str | None:
    """Make a path absolute, for Ray's workers run in other folders; the name of a checkpoint stays."""
    return str(Path(weights).absolute()) if weights is not None and Path(weights).exists() else weights


def _parsers() -> str:
    """Return the parsers for the help, one entry each."""
    width = max(map(len, PARSERS))
    indent = " " * (width + 4)
    entries = [
        textwrap.fill(f"  {name:<{width}}  {what}", 110, subsequent_indent=indent, break_on_hyphens=False)
        for name, what in PARSERS.items()
    ]
    return "\n".join(["parsers:", *entries, "", ""])
