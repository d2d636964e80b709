"""What is written beside part maps: a parser's own labels, and overlays to check by eye."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.datasets.part_maps import write_png
from ccreid.parts import PALETTE, Part


def write_labels(path: Path, labels: NDArray[np.uint8], text: dict[str, str]) -> None:
    """Write a label map as a palette PNG, each label in a colour of its own.

    Args:
        path: The file; folders above it are made.
        labels: uint8 (H, W).
        text: What the PNG is to say of itself.
    """
    image = Image.fromarray(np.ascontiguousarray(labels))
    image.putpalette(_LABEL_COLOURS)
    write_png(path, image, text)


def write_overlay(path: Path, picture: NDArray[np.uint8], parts: NDArray[np.uint8], text: dict[str, str]) -> None:
    """Write a picture with each part but the background half covered by its colour, as a PNG.

    Args:
        path: The file; folders above it are made.
        picture: RGB, uint8 (H, W, 3).
        parts: uint8 (H, W), values 0..5.
        text: What the PNG is to say of itself.
    """
    write_png(path, Image.fromarray(covered(picture, parts)), text)


def covered(picture: NDArray[np.uint8], parts: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) with each part but the background half covered by its colour.

    Args:
        picture: RGB, uint8 (H, W, 3).
        parts: uint8 (H, W), values 0..5.
    """
    colours = np.asarray(PALETTE, dtype=np.uint16)[parts]
    mixed = ((picture + colours) // 2).astype(np.uint8)
    background = (parts == Part.BACKGROUND)[..., None]
    return np.where(background, picture, mixed)


def _label_colours() -> bytes:
    """Return 256 colours, RGB, that differ most among the first few: a value's bits go to the channels' high bits."""
    colours = np.zeros((256, 3), dtype=np.uint8)
    for value in range(256):
        for bit in range(8):
            colours[value, bit % 3] |= (value >> bit & 1) << (7 - bit // 3)
    return colours.tobytes()


_LABEL_COLOURS: Final = _label_colours()
