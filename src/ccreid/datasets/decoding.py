"""An image file's bytes to its pixels, in the size that they have."""

import contextlib
import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ccreid.errors import CcreidError

IMAGE_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
"""Endings, in lower case, of the images that folder trees are read for."""


class ImageError(CcreidError, ValueError):
    """An image cannot be read; the message names the file and what to do."""


def decode_image(path: Path, data: bytes) -> NDArray[np.uint8]:
    """Return the pixels of an image file's bytes.

    As everywhere in ccreid, a note in the file that a viewer should turn the picture is not followed.

    Args:
        path: The file, for the error's text alone.
        data: Its bytes.

    Returns:
        uint8 RGB (H, W, 3).

    Raises:
        ImageError: The bytes are broken, no image, or an image so large that it must be a mistake.
    """
    with image_errors(path), Image.open(io.BytesIO(data)) as image:
        return np.array(image.convert("RGB"))


def image_size(path: Path) -> tuple[int, int]:
    """Return the (height, width) of an image file, whose pixels are not read.

    Raises:
        ImageError: The file is missing, broken or no image.
    """
    with image_errors(path), Image.open(path) as image:
        return image.height, image.width


@contextlib.contextmanager
def image_errors(path: Path) -> Iterator[None]:
    """Turn what Pillow raises on a missing, broken or foreign file into an `ImageError` that names the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise ImageError(f"there is no image {path}: copy it there, or remove it from the list") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{path} is broken or no image: copy it again or remove it") from error
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError) as error:
        # What Pillow's decoders raise on broken files.
        raise ImageError(f"{path} is broken or no image ({error}): copy it again or remove it") from error
