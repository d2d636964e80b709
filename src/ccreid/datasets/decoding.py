"""An image file's bytes to its pixels: upright RGB of 8 bits, whatever the file holds; the one place that decodes."""

import contextlib
import functools
import importlib
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from ccreid.errors import CcreidError

IMAGE_SUFFIXES: Final = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".avif"),
    *(".jp2", ".j2k", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".heic", ".heif"),
)
"""Endings of the names of images, in lower case; HEIC and HEIF need the extra `ccreid[heic]`."""

_HEIF: Final = frozenset({".heic", ".heif"})

# What shows through transparent places: the middle of the range, which is no colour of clothes.
_BEHIND: Final = (128, 128, 128)

# EXIF orientations that turn or mirror the image, and of these those that lay it on its side.
_TURNED: Final = frozenset(range(2, 9))
_ON_ITS_SIDE: Final = frozenset({5, 6, 7, 8})


PILLOW_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow's decoders raise on files that are broken, or that claim more pixels than can be meant."""


class ImageError(CcreidError, ValueError):
    """An image cannot be read; the message names the file and what to do."""


def decode_image(path: Path, data: bytes) -> NDArray[np.uint8]:
    """Return the pixels of an image file's bytes, RGB (H, W, 3).

    See `upright_rgb` for what becomes of other than plain photos. Of an animation the first frame is read.

    Args:
        path: The file, for the error's text.
        data: Its content.

    Raises:
        ImageError: The bytes are broken, no image, or an image so large that it must be a mistake.
    """
    with opened_image(path, io.BytesIO(data)) as image:
        return np.array(upright_rgb(image))


def image_size(path: Path) -> tuple[int, int]:
    """Return the (height, width) of an image file as it is decoded, upright; the pixels are not read.

    Raises:
        ImageError: The file is missing, broken or no image.
    """
    with opened_image(path) as image:
        return upright_size(image)


@contextlib.contextmanager
def opened_image(path: Path, content: io.BytesIO | None = None) -> Iterator[Image.Image]:
    """Open an image file; what Pillow raises in the block becomes an `ImageError` that names the file.

    Args:
        path: The file.
        content: Its bytes, if they are at hand.

    Raises:
        ImageError: The file is missing, broken or no image.
    """
    with image_errors(path):
        if path.suffix.lower() in _HEIF:
            _know_heif(path)
        with Image.open(path if content is None else content) as image:
            yield image


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Return the (height, width) that an opened image has once it is upright."""
    # Pillow says the upright size of a TIFF by itself.
    lies = image.format != "TIFF" and _orientation(image) in _ON_ITS_SIDE
    return (image.width, image.height) if lies else (image.height, image.width)


def is_turned(image: Image.Image) -> bool:
    """Whether the EXIF orientation of an opened image says that it is to be turned or mirrored."""
    return _orientation(image) in _TURNED


def upright_rgb(image: Image.Image) -> Image.Image:
    """Return an opened image as an 8-bit RGB one, turned as its EXIF orientation says.

    Values of 16 and 32 bits and of floating point are scaled by their type's range, not cut off; a float image has
    values in 0..1, or in 0..255 if any is above 1. Transparent places show a middle grey. CMYK and palettes become RGB.
    """
    turned = ImageOps.exif_transpose(image)
    if turned.mode.startswith(("I", "F")):
        turned = Image.fromarray(_to_8_bits(turned))
    if turned.has_transparency_data:
        opaque = Image.new("RGBA", turned.size, (*_BEHIND, 255))
        turned = Image.alpha_composite(opaque, turned.convert("RGBA"))
    return turned.convert("RGB")


@contextlib.contextmanager
def image_errors(path: Path) -> Iterator[None]:
    """Turn what Pillow raises on a missing, broken or foreign file into an `ImageError` that names the file."""
    try:
        yield
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"there is no image {path}: copy it there, or remove it from the list") from error
    except IsADirectoryError as error:
        raise ImageError(f"{path} is a folder, expected an image: give the images in it one by one") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{path} is broken or no image: copy it again or remove it") from error
    except PILLOW_ERRORS as error:
        raise ImageError(f"{path} is broken or no image ({error}): copy it again or remove it") from error


def _orientation(image: Image.Image) -> int:
    return int(image.getexif().get(ExifTags.Base.Orientation, 1))


def _to_8_bits(image: Image.Image) -> NDArray[np.uint8]:
    """Return the values (H, W) of an image of mode I, I;16 or F, scaled to 0..255."""
    values = np.asarray(image).astype(np.float64)
    if image.mode == "F":
        largest = 255.0 if (values[np.isfinite(values)] > 1).any() else 1.0
    else:
        # Older Pillows open PNGs of 16 bits as 32-bit images.
        largest = 65535.0 if image.mode.startswith("I;16") or values.max(initial=0) <= 65535 else float(2**31 - 1)
    scaled = np.nan_to_num(values / largest, nan=0.0, posinf=1.0, neginf=0.0)
    return (scaled.clip(0, 1) * 255).round().astype(np.uint8)


@functools.cache
def _heif() -> bool:
    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except ImportError:
        return False
    return True


def _know_heif(path: Path) -> None:
    if not _heif():
        raise ImageError(f"{path} is a HEIC image: pip install 'ccreid[heic]', or save it as a JPEG")
