"""What an image may be given as in Python: a file's path, a Pillow image or an array of pixels."""

from collections.abc import Iterable, Iterator, Sized
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ccreid.datasets.decoding import ImageError, decode_image, image_errors, upright_rgb
from ccreid.datasets.image_tree import find_images
from ccreid.datasets.images import read_image, resize_image

ImageSource = str | Path | Image.Image | NDArray[np.uint8]
"""A path, a Pillow image of any mode, or uint8 RGB pixels (H, W, 3)."""


def each_source(images: ImageSource | Iterable[ImageSource]) -> tuple[Iterator[ImageSource], int | None]:
    """Return an iterator over one image or many, and how many they are.

    An array's pixels are copied as they are reached, and a Pillow image becomes its pixels: threads look at them later,
    when who reads a video may have put the next frame into the same memory.

    Args:
        images: An image; or a list, a generator or an array (N, H, W, 3) of images; or a folder, of which the images
            that `find_images` lists are meant, in that order.

    Returns:
        The iterator, which raises an ImageError where a Pillow image cannot be read, and the number of images; None
        where that shows at the end alone.
    """
    if isinstance(images, str | Path) and Path(images).is_dir():
        images = find_images(images)
    elif isinstance(images, str | Path | Image.Image) or (isinstance(images, np.ndarray) and images.ndim != 4):
        images = [images]
    return _held(images), len(images) if isinstance(images, Sized) else None


def source_pixels(source: ImageSource, index: int = 0) -> NDArray[np.uint8]:
    """Return the pixels of an image in the size that it has, uint8 RGB (H, W, 3).

    Args:
        source: The image.
        index: Its place among others, for the error of one that has no name.

    Raises:
        ImageError: It cannot be read, or is no such image; the message names its file or its place.
    """
    if isinstance(source, str | Path):
        with image_errors(Path(source)):
            data = Path(source).read_bytes()
        return decode_image(Path(source), data)
    if isinstance(source, Image.Image):
        with image_errors(_name(source, index)):
            return np.array(upright_rgb(source))
    if not isinstance(source, np.ndarray):
        raise ImageError(
            f"image {index} is a {type(source).__name__}, expected a path, a Pillow image or an array (H, W, 3)"
        )
    if source.ndim != 3 or source.shape[2] != 3 or source.dtype != np.uint8 or 0 in source.shape:
        raise ImageError(
            f"image {index} is an array of {source.dtype} with shape {source.shape}, expected uint8 RGB (H, W, 3)"
        )
    return source


def source_tensor(source: ImageSource, height: int, width: int, index: int = 0) -> Tensor:
    """Return an image resized as `read_image` does, uint8 RGB (3, height, width).

    A JPEG that is read from its file is decoded at a fraction of its size where that suffices, which rounds otherwise
    than resizing its pixels does.

    Args:
        source: The image.
        height: In pixels.
        width: In pixels.
        index: Its place among others, for the error of one that has no name.

    Raises:
        ImageError: See `source_pixels`.
    """
    if isinstance(source, str | Path):
        return read_image(Path(source), height, width)
    return resize_image(Image.fromarray(source_pixels(source, index)), height, width)


def own_size_tensor(source: ImageSource, index: int = 0) -> Tensor:
    """Return an image in the size that it has, uint8 RGB (3, H, W); arguments and errors are `source_pixels`'.

    Args:
        source: The image.
        index: Its place among others, for the error of one that has no name.
    """
    return torch.from_numpy(np.ascontiguousarray(source_pixels(source, index).transpose(2, 0, 1)))


def _held(images: Iterable[ImageSource]) -> Iterator[ImageSource]:
    for index, image in enumerate(images):
        if isinstance(image, np.ndarray):
            yield image.copy()
        else:
            yield source_pixels(image, index) if isinstance(image, Image.Image) else image


def _name(image: Image.Image, index: int) -> Path:
    return Path(getattr(image, "filename", "") or f"image {index}")
