"""A parser for the made people, and models that look at one part of them alone."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ccreid.models.network import ReIDNetwork, ReIDOutput
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.parser import Parser
from ccreid.parts import Part


def six_part_parser() -> Parser:
    """Return a parser that takes the top quarter of an image for a head, and a column below it for clothes."""

    def parse(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        return [_parts(*image.shape[:2]) for image in images]

    return Parser("six", SIX_PARTS, parse, "f00d")


def _parts(height: int, width: int) -> NDArray[np.uint8]:
    parts = np.zeros((height, width), np.uint8)
    parts[: height // 4] = Part.HEAD
    parts[height // 4 : height // 2, width // 4 : -width // 4] = Part.UPPER_CLOTHES
    parts[height // 2 :, width // 4 : -width // 4] = Part.PANTS
    return parts


class Stripes(ReIDNetwork):
    """Its feature is the mean colours of the head's rows and of the two halves of what is below, weighted.

    A number that is the same in every image keeps features from being zero.
    """

    def __init__(self, head: float, upper: float, lower: float) -> None:
        super().__init__()
        self.weights = torch.tensor([head, upper, lower])

    def forward(self, images: Tensor) -> ReIDOutput:
        height, width = images.shape[2:]
        middle = images[..., width // 4 : -width // 4]
        rows = (images[:, :, : height // 4], middle[:, :, height // 4 : height // 2], middle[:, :, height // 2 :])
        means = [weight * one.mean((2, 3)) for weight, one in zip(self.weights, rows, strict=True)]
        return ReIDOutput((), (), torch.cat([*means, torch.full((len(images), 1), 0.1)], dim=1))
