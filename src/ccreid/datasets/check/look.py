"""One look at every image: each is decoded once, and what the checks compare is kept of it."""

import hashlib
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from PIL import Image

from ccreid.datasets.decoding import ImageError, is_turned, opened_image, upright_size
from ccreid.datasets.images import drafted_rgb, fitting_parts
from ccreid.datasets.part_maps import PartMapError
from ccreid.datasets.record import ImageRecord
from ccreid.errors import MissingExtraError
from ccreid.prefetch import prefetch
from ccreid.progress import LONG, show_progress

HASH_SIDE: Final = 16
"""Rows and columns of a perceptual hash: the lowest frequencies of the image, from its upper left corner on."""

# The size that recipes read. A larger JPEG is decoded at a fraction of its size, as it is for training, where it still
# has twice these pixels; it is read to its last byte all the same.
_HEIGHT, _WIDTH = 256, 128

_AHEAD: Final = 64

# Of 255: less than that from the darkest to the brightest pixel is noise of the encoder's.
_CONTRAST: Final = 8


@dataclass(frozen=True)
class Look:
    """What one decoding says of an image.

    Attributes:
        record: The image.
        height: In pixels, upright; 0 where it is broken.
        width: In pixels, upright; 0 where it is broken.
        turned: Whether its EXIF orientation turns it.
        blank: Whether it is of one colour throughout.
        digest: Equal for images of equal pixels, whatever their files are called and say of themselves.
        hash: Perceptual hash, 256 bits in rows, alike for images that look alike.
        fault: Why it cannot be read; empty where it can.
        parts_fault: Why its part map cannot be used; empty where it can or there is none.
    """

    record: ImageRecord
    height: int = 0
    width: int = 0
    turned: bool = False
    blank: bool = False
    digest: bytes = b""
    hash: bytes = b""
    fault: str = ""
    parts_fault: str = ""


def look_at(records: Sequence[ImageRecord]) -> list[Look]:
    """Decode every image and part map once, in threads; a progress bar or lines are shown where there are many.

    Returns:
        A look at each record, in their order.

    Raises:
        MissingExtraError: imagehash is not installed.
    """
    phash = _imagehash().phash
    looks = []
    with show_progress("checking", len(records), shown=len(records) > LONG) as advance:
        for look in prefetch(lambda record: _look(record, phash), records, _AHEAD):
            looks.append(look)
            advance(1, 0)
    return looks


def _look(record: ImageRecord, phash: Any) -> Look:
    try:
        with opened_image(record.image) as image:
            height, width = upright_size(image)
            turned = is_turned(image)
            pixels = drafted_rgb(image, _HEIGHT, _WIDTH)
    except ImageError as error:
        return Look(record, fault=str(error))
    return Look(
        record,
        height,
        width,
        turned,
        _contrast(pixels) < _CONTRAST,
        hashlib.blake2b(repr((height, width)).encode() + pixels.tobytes(), digest_size=16).digest(),
        np.packbits(phash(pixels, HASH_SIDE).hash).tobytes(),
        parts_fault=_parts_fault(record, (height, width)),
    )


def _contrast(pixels: Image.Image) -> int:
    """Return how far the values of a colour are apart, of that where it is most."""
    ranges = np.array(pixels.getextrema())  # (3, 2)
    return int((ranges[:, 1] - ranges[:, 0]).max())


def _parts_fault(record: ImageRecord, size: tuple[int, int]) -> str:
    try:
        fitting_parts(record, size)
    except PartMapError as error:
        return str(error)
    return ""


def _imagehash() -> Any:
    try:
        return importlib.import_module("imagehash")
    except ImportError as error:
        raise MissingExtraError(
            "images that look alike are found by imagehash, which is not installed: pip install 'ccreid[check]'"
        ) from error
