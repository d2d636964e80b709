"""Reading images, alone or with their part maps, in the size that a model takes."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ccreid.datasets.decoding import opened_image, upright_rgb, upright_size
from ccreid.datasets.part_maps import PartMapError, read_parts
from ccreid.datasets.record import ImageRecord


def read_image(path: Path, height: int, width: int) -> Tensor:
    """Read an image and resize it, with a bilinear filter that is as wide as the image shrinks.

    Args:
        path: The image file.
        height: To resize to, in pixels.
        width: To resize to, in pixels.

    Returns:
        uint8 RGB (3, height, width).

    Raises:
        ImageError: The file is missing, broken or no image.
    """
    return _read(path, height, width)[0]


def resize_image(image: Image.Image, height: int, width: int) -> Tensor:
    """Return an RGB image in another size, uint8 (3, height, width), by the filter of `read_image`.

    Args:
        image: Of mode RGB.
        height: In pixels.
        width: In pixels.
    """
    pixels = image.resize((width, height), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(pixels)).permute(2, 0, 1).contiguous()


def resize_parts(parts: NDArray[np.uint8], height: int, width: int) -> Tensor:
    """Return a part map (H, W) in another size, uint8 (height, width), by the nearest pixel.

    Args:
        parts: Values 0..5.
        height: In pixels.
        width: In pixels.
    """
    nearest = Image.fromarray(parts).resize((width, height), Image.Resampling.NEAREST)
    return torch.from_numpy(np.array(nearest))


def read_pair(record: ImageRecord, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Read an image and its part map and resize them together.

    Args:
        record: The image.
        height: To resize to, in pixels.
        width: To resize to, in pixels.

    Returns:
        The image, uint8 RGB (3, height, width), and its part map, uint8 (height, width) with values 0..5, resized to
        the nearest pixel. A record without a part map gets one that is background throughout, so nothing is repainted.

    Raises:
        ImageError: The image is missing, broken or no image.
        PartMapError: The part map cannot be read, or is a PNG of another size than the image. Soft masks cover the
            whole image in a size of their own, 256x128 for the released ones.
    """
    image, true_size = _read(record.image, height, width)
    parts = fitting_parts(record, true_size)
    if parts is None:
        return image, torch.zeros(height, width, dtype=torch.uint8)
    return image, resize_parts(parts, height, width)


def fitting_parts(record: ImageRecord, size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """Return the part map (H, W) of an image, None where it has none.

    Args:
        record: The image.
        size: The (height, width) that it has on disk, upright.

    Raises:
        PartMapError: See `read_pair`.
    """
    if record.parts is None:
        return None
    parts = read_parts(record.parts)
    if parts.shape != size and record.parts.suffix != ".npy":
        raise PartMapError(
            f"{record.parts} is {parts.shape[0]}x{parts.shape[1]} (height x width) but its image {record.image} is "
            f"{size[0]}x{size[1]}: make the part map from this image"
        )
    return parts


def drafted_rgb(image: Image.Image, height: int, width: int) -> Image.Image:
    """Return an opened image as `upright_rgb` does, decoded at a fraction of its size where that suffices.

    Args:
        image: Opened, and not read yet.
        height: That it is to be resized to, in pixels.
        width: That it is to be resized to, in pixels.
    """
    lies = upright_size(image) != (image.height, image.width)
    # A JPEG is decoded at a half, a quarter or an eighth where that still leaves twice the pixels asked for.
    image.draft("RGB", (2 * height, 2 * width) if lies else (2 * width, 2 * height))
    return upright_rgb(image)


def _read(path: Path, height: int, width: int) -> tuple[Tensor, tuple[int, int]]:
    """Return the resized image (3, height, width) and the (height, width) that it has on disk."""
    with opened_image(path) as image:
        size = upright_size(image)
        pixels = drafted_rgb(image, height, width)
    return resize_image(pixels, height, width), size
