"""Part maps with the errors that parsers make, to measure what those cost."""

import math

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import CLOTHES, NUM_PARTS, Part


def erode_clothes(parts: NDArray[np.uint8], pixels: int) -> NDArray[np.uint8]:
    """Return a part map whose clothes end too early: background takes their outermost pixels.

    A pixel of upper clothes or pants stays what it is where all pixels of the square around it are of the same part;
    beyond the image's edge the edge goes on.

    Args:
        parts: (H, W), values 0..5.
        pixels: From the middle of the square to its edge, 0 or more.

    Raises:
        ValueError: `pixels` is negative.
    """
    _check(pixels >= 0, f"clothes cannot be eroded by {pixels} pixels, expected 0 or more")
    eroded = parts.copy()
    side = 2 * pixels + 1
    for part in CLOTHES:
        inside = np.pad(parts == part, pixels, mode="edge")
        for axis in (0, 1):
            inside = np.all(np.lib.stride_tricks.sliding_window_view(inside, side, axis), axis=-1)
        eroded[(parts == part) & ~inside] = Part.BACKGROUND
    return eroded


def shift(parts: NDArray[np.uint8], pixels: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return a part map that lies beside its image: moved in a random direction; what comes in is background.

    Args:
        parts: (H, W), values 0..5.
        pixels: Length of the move, 0 or more; its parts down and to the right are each rounded.
        random: Source of the direction.

    Raises:
        ValueError: `pixels` is negative.
    """
    _check(pixels >= 0, f"a part map cannot be shifted by {pixels} pixels, expected 0 or more")
    direction = random.uniform(0, 2 * math.pi)
    down, right = round(pixels * math.sin(direction)), round(pixels * math.cos(direction))
    height, width = parts.shape
    moved = np.full_like(parts, Part.BACKGROUND)
    rows = slice(max(0, down), max(0, height + min(0, down)))
    columns = slice(max(0, right), max(0, width + min(0, right)))
    source = parts[max(0, -down) : max(0, height - down), max(0, -right) : max(0, width - right)]
    moved[rows, columns] = source
    return moved


def flip_labels(parts: NDArray[np.uint8], share: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return a part map some of whose pixels have another part, any other with the same probability.

    Args:
        parts: (H, W), values 0..5.
        share: Of the pixels that change, 0..1; their number is rounded.
        random: Source of the pixels and of their parts.

    Raises:
        ValueError: `share` is not in 0..1.
    """
    _check(0 <= share <= 1, f"the share of flipped labels is {share}, expected a number from 0 to 1")
    chosen = random.permutation(parts.size)[: round(share * parts.size)]
    flipped = parts.copy()
    others = random.integers(1, NUM_PARTS, len(chosen), dtype=np.uint8)
    flipped.flat[chosen] = (parts.flat[chosen] + others) % NUM_PARTS
    return flipped


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)
