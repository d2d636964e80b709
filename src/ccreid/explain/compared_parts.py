"""Which of the six parts speak for two photos showing one person: how the similarity changes without each of them.

A part is taken away by painting it grey, in the mean colour of natural images, which is zero to a network (occlusion:
Zeiler & Fergus, "Visualizing and understanding convolutional networks", ECCV 2014). Unlike a class activation map, that
is what the model does with such a photo, not a reading of its inside. The part's outline stays, with what it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.augment.normalise import IMAGENET_MEAN
from ccreid.datasets.image_source import ImageSource, source_pixels
from ccreid.models.reid_model import ReIDModel
from ccreid.parsing.parse_images import parse_images
from ccreid.parsing.parser import Parser
from ccreid.parts import NUM_PARTS, Part

GREY: Final = np.array([round(255 * value) for value in IMAGENET_MEAN], dtype=np.uint8)
"""What a part is painted with, RGB."""


@dataclass(frozen=True, eq=False)
class ComparedParts:
    """Two photos, their similarity, and what each part of each adds to it.

    Attributes:
        similarity: Cosine similarity of the two.
        images: Their pixels, uint8 RGB (H, W, 3).
        parts: Their part maps, uint8 (H, W).
        added: float64 (2, 6), of each photo and part: the similarity less that with the part painted grey, so that it
            is positive where the part speaks for one person. NaN where a photo does not show the part.
        area: float64 (2, 6), the part's share of the photo.
    """

    similarity: float
    images: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    parts: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    added: NDArray[np.float64]
    area: NDArray[np.float64]


def compare_parts(
    model: ReIDModel, one: ImageSource, other: ImageSource, parser: str | Parser = "lite"
) -> ComparedParts:
    """Measure what each part of two photos adds to their similarity; each part is taken away alone, of one photo.

    Args:
        model: The model.
        one: A photo.
        other: Another.
        parser: What finds the parts; see `parse_images`.

    Raises:
        ImageError: A photo is broken or no image.

    Example:
        >>> from ccreid import build_model
        >>> model = ReIDModel(build_model("baseline", num_identities=2, backbone="resnet18").eval(), device="cpu")
        >>> random = np.random.default_rng(0)
        >>> one, other = (random.integers(0, 256, (64, 32, 3), dtype=np.uint8) for _ in range(2))
        >>> compared = compare_parts(model, one, other)
        >>> compared.added.shape, bool(np.isclose(compared.area.sum(), 2))
        ((2, 6), True)
    """
    images = source_pixels(one, 0), source_pixels(other, 1)
    first, second = parse_images(images, parser, progress=False)
    parts = first, second
    masked: list[tuple[int, Part]] = []  # photo and part of each image after the two
    shown, maps = list(images), list(parts)
    for photo in range(2):
        for part in Part:
            without = _without(images[photo], parts[photo], part)
            if without is not None:
                masked.append((photo, part))
                shown.append(without)
                maps.append(parts[photo])
    features = model.embed(shown, parts=_given(model, maps), progress=False)
    similarity = model.similarity(features, features[:2])
    added = np.full((2, NUM_PARTS), np.nan)
    for row, (photo, hidden) in enumerate(masked, start=2):
        added[photo, hidden] = float(similarity[0, 1]) - float(similarity[row, 1 - photo])
    area = np.stack([np.bincount(one.ravel(), minlength=NUM_PARTS) / one.size for one in parts])
    return ComparedParts(float(similarity[0, 1]), images, parts, added, area)


def _without(image: NDArray[np.uint8], parts: NDArray[np.uint8], part: int) -> NDArray[np.uint8] | None:
    """Return an image with a part painted grey, None where it does not show it."""
    there = parts == part
    if not there.any():
        return None
    painted = image.copy()
    painted[there] = GREY
    return painted


def _given(model: ReIDModel, maps: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.uint8]] | None:
    return maps if model.network.reads_parts == "always" else None
