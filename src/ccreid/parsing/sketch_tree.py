"""Draws a folder tree of images as a like tree of contour sketches, such as PRCC's sketch/ beside rgb/."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ccreid.datasets.decoding import ImageError, decode_image
from ccreid.datasets.record import Skipped
from ccreid.parsing.errors import ParseError
from ccreid.parsing.hed_network import HED
from ccreid.parsing.progress import show_progress
from ccreid.parsing.sketch import draw_sketches
from ccreid.parsing.sketch_file import SUFFIXES, made_from, may_be_written, write_sketch
from ccreid.parsing.walk import find_files


@dataclass(frozen=True)
class SketchReport:
    """What a call of `sketch_tree` did.

    Attributes:
        out: Root of the sketches.
        written: Sketches that were made.
        skipped: Sketches that were there.
        broken: Images that cannot be read and have no sketch, and why.
        seconds: Time that it took.
    """

    out: Path
    written: int
    skipped: int
    broken: tuple[Skipped, ...]
    seconds: float

    def __str__(self) -> str:
        if self.written:
            rate = self.written / max(self.seconds, 1e-9)
            kept = f", kept {self.skipped}" if self.skipped else ""
            done = f"drew {self.written} sketches{kept} into {self.out} in {self.seconds:.0f} s, {rate:.1f} images/s"
        elif self.skipped:
            done = f"{self.out} is complete already: {self.skipped} sketches"
        else:
            done = f"nothing was written to {self.out}"
        return done + (f"; {len(self.broken)} broken, without a sketch" if self.broken else "")


def sketch_tree(
    images: str | Path,
    out: str | Path,
    detector: HED,
    fingerprint: str,
    *,
    batch: int = 8,
    overwrite: bool = False,
) -> SketchReport:
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
        ParseError: The folders do not do, a file would be overwritten, or the batch is out of range.
        OSError: A sketch cannot be written.

    Example:
        >>> from ccreid.parsing.hed_weights import hed_file, load_hed
        >>> report = sketch_tree("data/prcc/rgb", "data/prcc/sketch", load_hed(hed_file()), "hed")
        >>> report.written, report.skipped, len(report.broken)
        (33698, 0, 0)
    """
    started = time.monotonic()
    images, out = Path(images), Path(out)
    if batch < 1:
        raise ParseError(f"batch is {batch}, expected at least 1")
    _check_folders(images, out)
    names = find_files(images, SUFFIXES)
    if not names:
        raise ParseError(f"{images} holds no images ({', '.join(SUFFIXES)}): give the folder of the images")
    if not overwrite:
        _refuse_foreign_files(out, names)
    broken: list[Skipped] = []
    written = 0
    with show_progress("drawing", len(names)) as advance:
        for first in range(0, len(names), batch):
            some = names[first : first + batch]
            sources = [_look(images / name, out / name, fingerprint, broken) for name in some]
            wanted = [(name, *source) for name, source in zip(some, sources, strict=True) if source is not None]
            sketches = draw_sketches(detector, [pixels for _, pixels, _ in wanted])
            for (name, _, source), sketch in zip(wanted, sketches, strict=True):
                write_sketch(out / name, sketch, source)
            written += len(wanted)
            advance(len(wanted), len(some) - len(wanted))
    skipped = len(names) - written - len(broken)
    return SketchReport(out, written, skipped, tuple(broken), time.monotonic() - started)


def _look(image: Path, sketch: Path, fingerprint: str, broken: list[Skipped]) -> tuple[NDArray[np.uint8], str] | None:
    """Return an image's pixels and what its sketch is to say; None where it has its sketch, or is broken."""
    try:
        data = image.read_bytes()
        source = f"{hashlib.sha256(data).hexdigest()} by {fingerprint}"
        return None if made_from(sketch) == source else (decode_image(image, data), source)
    except OSError as error:
        broken.append(Skipped(image, f"{image} cannot be read ({error.strerror}): copy it again or remove it"))
    except ImageError as error:
        broken.append(Skipped(image, str(error)))
    return None


def _check_folders(images: Path, out: Path) -> None:
    if not images.is_dir():
        what = "is a file, expected a folder" if images.exists() else "does not exist"
        raise ParseError(f"{images} {what}: give the folder of the images")
    if out.exists() and not out.is_dir():
        raise ParseError(f"{out} is a file, expected a folder to write to: choose another")
    if out.resolve().is_relative_to(images.resolve()):
        inner = images / "rgb"
        advice = f"give {inner} to be drawn" if inner.is_dir() else "choose a folder beside it"
        raise ParseError(f"{out} is inside {images}, so that its sketches would be taken for images: {advice}")


def _refuse_foreign_files(out: Path, names: Sequence[PurePosixPath]) -> None:
    foreign = [out / name for name in names if not may_be_written(out / name)]
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise ParseError(
            f"{foreign[0]}{more} would be overwritten and was not made by `ccreid sketch`: choose another folder, or "
            "allow it with --overwrite"
        )
