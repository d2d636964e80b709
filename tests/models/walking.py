"""Made walks: bars whose legs swing with a period of eight frames."""

import math

import torch
from torch import Tensor


def walking(phase: float, width: int = 11, height: int = 16, frames: int = 8, own: int = 3) -> Tensor:
    """Return the silhouettes (frames, height, width) of a person whose own frame is at a phase, in radians."""
    walk = torch.zeros(frames, height, width)
    middle = width // 2
    for frame in range(frames):
        swing = 3 * math.sin(phase + 2 * math.pi * (frame - own) / 8)
        walk[frame, : height // 2, middle - 1 : middle + 2] = 1
        for row in range(height // 2, height):
            reach = round(swing * (row - height // 2 + 1) / (height // 2))
            walk[frame, row, [middle + reach, middle - reach]] = 1
    return walk
