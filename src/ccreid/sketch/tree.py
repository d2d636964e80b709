"""Draws a folder tree of images as a like tree of contour sketches, such as PRCC's sketch/ beside rgb/."""

import hashlib
import itertools
import time
from contextlib import closing
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccreid.datasets.decoding import ImageError, decode_image
from ccreid.datasets.image_tree import (
    ImageTreeError,
    TreeReport,
    TreeWords,
    check_folders,
    claimed_tree,
    find_files,
    refuse_foreign_files,
)
from ccreid.datasets.record import Skipped
from ccreid.prefetch import prefetch
from ccreid.progress import show_progress
from ccreid.sketch.drawing import draw_sketches
from ccreid.sketch.hed_network import HED
from ccreid.sketch.sketch_file import MARK, SUFFIXES, made_from, write_sketch

SKETCHING: Final = TreeWords("drew", "sketches", "a sketch")


def sketch_tree(
    images: str | Path,
    out: str | Path,
    detector: HED,
    fingerprint: str,
    *,
    batch: int = 8,
    overwrite: bool = False,
) -> TreeReport:
    """Draw every JPEG and PNG of a folder tree as a sketch of the same folder, name and ending.

    A sketch says what it was made from: the image by its SHA-256, and the detector by its fingerprint. One that is
    there and says the same is kept; one that is damaged, or of another image or detector, is made anew. So a call that
    was stopped goes on when it is given again, and nothing half written is ever under a sketch's name.

    Args:
        images: Root of the images.
        out: Root of the sketches; made where it is missing. Other files in it stay as they are.
        detector: In evaluation mode, on any device.
        fingerprint: Of the detector's weights.
        batch: Images that are looked at together; those of one size go through the detector together.
        overwrite: Replace files in the place of a sketch that are none of ours.

    Raises:
        ImageTreeError: The folders do not do, a file would be overwritten, or the batch is out of range.
        OSError: A sketch cannot be written.

    Example:
        The detector here has random weights; `ccreid.sketch.hed_weights` loads the published ones.

        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Path(folder, "photos").mkdir()
        ...     Image.new("RGB", (45, 100)).save(Path(folder, "photos", "a.jpg"))
        ...     report = sketch_tree(Path(folder, "photos"), Path(folder, "sketches"), HED().eval(), "random")
        >>> report.written, report.skipped, len(report.broken)
        (1, 0, 0)
    """
    started = time.monotonic()
    images, out = Path(images), Path(out)
    if batch < 1:
        raise ImageTreeError(f"batch is {batch}, expected at least 1")
    _check_folders(images, out)
    names = find_files(images, SUFFIXES)
    if not names:
        raise ImageTreeError(f"{images} holds no images ({', '.join(SUFFIXES)}): give the folder of the images")
    if not overwrite:
        refuse_foreign_files((out / name for name in names), MARK, "by `ccreid sketch`")
    broken: list[Skipped] = []
    written = 0
    look = partial(_look, images, out, fingerprint)
    with (
        claimed_tree(out),
        show_progress("drawing", len(names)) as advance,
        closing(prefetch(look, names, ahead=batch)) as looked,
    ):
        while some := list(itertools.islice(looked, batch)):
            broken += [source for source in some if isinstance(source, Skipped)]
            wanted = [source for source in some if isinstance(source, _Source)]
            sketches = draw_sketches(detector, [source.pixels for source in wanted])
            for source, sketch in zip(wanted, sketches, strict=True):
                write_sketch(out / source.name, sketch, source.made_from)
            written += len(wanted)
            advance(len(wanted), len(some) - len(wanted))
    skipped = len(names) - written - len(broken)
    return TreeReport(SKETCHING, out, written, skipped, tuple(broken), time.monotonic() - started)


class _Source(NamedTuple):
    """An image that lacks its sketch: its path below the root, its pixels, and what the sketch is to say."""

    name: PurePosixPath
    pixels: NDArray[np.uint8]
    made_from: str


def _look(images: Path, out: Path, fingerprint: str, name: PurePosixPath) -> _Source | Skipped | None:
    """Read an image that lacks its sketch; None where it has it, and the reason where the image is broken."""
    image = images / name
    try:
        data = image.read_bytes()
        source = f"{hashlib.sha256(data).hexdigest()} by {fingerprint}"
        return None if made_from(out / name) == source else _Source(name, decode_image(image, data), source)
    except OSError as error:
        return Skipped(image, f"{image} cannot be read ({error.strerror}): copy it again or remove it")
    except ImageError as error:
        return Skipped(image, str(error))


def _check_folders(images: Path, out: Path) -> None:
    check_folders(images, [out])
    if out.resolve().is_relative_to(images.resolve()):
        inner = images / "rgb"
        advice = f"give {inner} to be drawn" if inner.is_dir() else "choose a folder beside it"
        raise ImageTreeError(f"{out} is inside {images}, so that its sketches would be taken for images: {advice}")
