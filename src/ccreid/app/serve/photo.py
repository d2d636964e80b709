"""A photo that somebody sent, or that is in the gallery: bytes that are checked before they are decoded."""

import hashlib
import io
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.app.check.names import writable
from ccreid.datasets.decoding import ImageError, image_errors, opened_image
from ccreid.datasets.images import drafted_rgb
from ccreid.errors import MissingFileError
from ccreid.retrieval.entry import Entry
from ccreid.retrieval.own_photo import is_own_photo

MOST_BYTES: Final = 16 * 2**20
"""Of a photo's file, and of a whole request but for some room for the filters."""

MOST_PIXELS: Final = 64_000_000
"""Of a photo: more than phones take, and 200 MB when it is decoded."""

# What photos come as; Pillow reads other formats too, of which some start other programs.
_FORMATS: Final = frozenset({"AVIF", "BMP", "GIF", "HEIF", "JPEG", "MPO", "PNG", "TIFF", "WEBP"})

_LONGEST_NAME: Final = 80

# Photos that are decoded at the same time: each may take as much memory as its pixels.
_DECODING: Final = threading.BoundedSemaphore(2)


class TooLargeError(ImageError):
    """A photo has more bytes or pixels than are taken."""


@dataclass(frozen=True)
class Photo:
    """A photo that may be decoded.

    Attributes:
        name: Of its file, for people.
        data: The file's bytes.
    """

    name: str
    data: bytes

    @property
    def id(self) -> str:
        """What it is called in galleries: SHA-256 of its bytes."""
        return hashlib.sha256(self.data).hexdigest()

    def pixels(self, height: int) -> NDArray[np.uint8]:
        """Return the photo upright in its own shape, RGB (H, W, 3).

        Args:
            height: H and W are not larger; a smaller photo stays as it is.

        Raises:
            ImageError: The bytes are broken.
        """
        with _DECODING, opened_image(Path(self.name), io.BytesIO(self.data)) as image:
            picture = drafted_rgb(image, height, height)
        picture.thumbnail((height, height), Image.Resampling.BILINEAR)
        return np.array(picture)


def checked_photo(name: str, data: bytes) -> Photo:
    """Return bytes as a photo once their size, their format and their number of pixels are known to be harmless.

    Args:
        name: As the sender calls the file; folders in it, and what is too long, are left out.
        data: The file's bytes.

    Raises:
        TooLargeError: It has too many bytes or pixels.
        ImageError: It is broken or no photo.
    """
    name = short_name(name)
    if len(data) > MOST_BYTES:
        raise TooLargeError(f"{name} has more than {MOST_BYTES // 2**20} MB: send a smaller photo")
    try:
        with opened_image(Path(name), io.BytesIO(data)) as image:
            form, size = image.format, image.size
    except ImageError as error:
        if isinstance(error.__cause__, Image.DecompressionBombError):
            raise _too_many(name) from error
        raise
    if form not in _FORMATS:
        raise ImageError(f"{name} is a {form} file: send a photo, such as a JPEG or PNG")
    if size[0] * size[1] > MOST_PIXELS:
        raise _too_many(name)
    return Photo(name, data)


def gallery_photo(entry: Entry, gallery: str) -> Photo:
    """Return the photo of an entry of the gallery.

    Args:
        entry: Whose.
        gallery: Its path, or a server's address.

    Raises:
        MissingFileError: The file is gone, or is another than the one that was embedded; see `is_own_photo`.
        ImageError: It is broken, or too large to be shown.
    """
    path = Path(entry.path)
    if not path.is_file():
        raise MissingFileError(f"the file of {short_name(path.name)} is no longer where it was: embed the photos again")
    if path.stat().st_size > MOST_BYTES:
        raise TooLargeError(
            f"{short_name(path.name)} has more than {MOST_BYTES // 2**20} MB, which is too large to show"
        )
    with image_errors(Path(path.name)):
        data = path.read_bytes()
    if not is_own_photo(entry, data, gallery):
        raise MissingFileError(
            f"the file of {short_name(path.name)} is not the one that was embedded: embed the photos again"
        )
    return checked_photo(path.name, data)


def short_name(name: str) -> str:
    """Return what a file is called before others: its name without folders, printable and not too long."""
    name = "".join(letter if letter.isprintable() else " " for letter in writable(name)).replace("\\", "/")
    return name.rpartition("/")[2].strip()[-_LONGEST_NAME:] or "the photo"


def _too_many(name: str) -> TooLargeError:
    return TooLargeError(f"{name} has more than {MOST_PIXELS // 10**6} million pixels: send a smaller photo")
