"""The affine warps around SCHP, pixel by pixel in plain Python, as its authors set them up."""

import math

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float64]
"""(H, W)."""


def crop_matrix(height: int, width: int, size: int) -> NDArray[np.float64]:
    """Return the 2x3 matrix from an image's pixels (x, y, 1) to those of its square crop, from three pairs of points.

    The centre, the point half the longer side above it, and the point half the longer side to the left of that. Sides
    are measured between the outermost pixels' centres.
    """
    half = max(height - 1, width - 1) / 2
    x, y = (width - 1) / 2, (height - 1) / 2
    middle = (size - 1) / 2
    image = np.array([[x, y, 1], [x, y - half, 1], [x - half, y - half, 1]])
    crop = np.array([[middle, middle], [middle, 0], [0, 0]])
    return np.linalg.solve(image, crop).T


def warp(source: Map, source_to_result: NDArray[np.float64], height: int, width: int) -> Map:
    """Return the (height, width) map whose pixels lie where the matrix puts the source's; bilinear, 0 outside."""
    back = np.linalg.inv(np.vstack([source_to_result, [0, 0, 1]]))
    result = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            x, y, _ = back @ [column, row, 1]
            result[row, column] = _bilinear(source, x, y)
    return result


def _bilinear(source: Map, x: float, y: float) -> float:
    left, top = math.floor(x), math.floor(y)
    value = 0.0
    for column, across in ((left, left + 1 - x), (left + 1, x - left)):
        for row, down in ((top, top + 1 - y), (top + 1, y - top)):
            if 0 <= column < source.shape[1] and 0 <= row < source.shape[0]:
                value += across * down * source[row, column]
    return value
