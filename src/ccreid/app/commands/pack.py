"""`ccreid pack ROOT`: a data set's images and part maps, resized once, in one memory-mapped file."""

import sys
import time
from pathlib import Path

from ccreid.app.arguments import CommandParser, Run
from ccreid.datasets.record import DataSetName, Modality
from ccreid.errors import BadValueError

PURPOSE = """\
Resize a data set's images and part maps once, into one file that batches are sliced from.

Training and evaluation at this size find the file beside the data set; one elsewhere is named by --data.pack. Images
that change after it was made are read from their files, with a warning."""

EXAMPLES = (
    "ccreid pack data/prcc",
    "ccreid pack data/wardrobe --height 128 --width 64",
    "ccreid pack data/prcc --modality sketch",
    "ccreid pack data/prcc /fast/prcc.pack",
)


def configure(parser: CommandParser) -> Run:
    """Give the parser the command's arguments; return what it does."""
    parser.describe(PURPOSE, EXAMPLES)
    parser.add_argument("root", metavar="ROOT", type=Path, help="folder of a data set")
    parser.add_argument(
        "out",
        metavar="OUT",
        nargs="?",
        type=Path,
        help="the file (default: beside the data set, such as data/prcc.256x128.pack)",
    )
    parser.add_argument("--height", type=int, default=256, help="in pixels, as the recipe's data.height")
    parser.add_argument("--width", type=int, default=128, help="in pixels, as the recipe's data.width")
    parser.add_argument("--modality", type=Modality, default="rgb", help="rgb, or sketch for the contour sketches")
    parser.add_argument("--dataset", type=DataSetName, default="auto", help="auto for the one whose layout it has")
    return _pack


def _pack(root: Path, dataset: str, out: Path | None, height: int, width: int, modality: Modality) -> int:
    from ccreid.datasets.left_out import say_left_out
    from ccreid.datasets.open_data import open_data_set
    from ccreid.datasets.pack import default_pack, write_pack

    if height < 1 or width < 1:
        raise BadValueError(f"the size is {height}x{width}, expected a height and a width of at least 1 pixel")
    records = say_left_out(open_data_set(root, dataset, "where_there", modality)).records()
    started = time.monotonic()
    written = write_pack(out or default_pack(root, height, width, modality), root, records, height, width)
    seconds = time.monotonic() - started
    for skipped in written.skipped:
        print(f"left out {skipped.path}: {skipped.reason}", file=sys.stderr)
    size = written.path.stat().st_size / 1e9
    print(
        f"packed {written.count:,} images of {height}x{width} into {written.path} ({size:.2f} GB) in {seconds:.0f} s, "
        f"{len(written.skipped)} left out"
    )
    return 0
