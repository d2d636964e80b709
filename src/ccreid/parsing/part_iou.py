"""How well part maps agree with the true ones: intersection over union of each part."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import BadValueError
from ccreid.parts import IGNORED, NUM_PARTS, Part


@dataclass(frozen=True)
class PartIoU:
    """Intersection over union, fractions 0..1.

    Attributes:
        parts: Of each of the six parts, background included, by its name in lower case; a part that neither the true
            nor the predicted maps have is left out.
        mean: Over these parts.
        person: Of the pixels that are of a person in the true or in the predicted maps, the share that is in both.
    """

    parts: dict[str, float]
    mean: float
    person: float


def confusion_matrix(true: NDArray[np.uint8], predicted: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count pixels by their true part (row) and their predicted part (column).

    Args:
        true: Of any shape, values 0..5, and `IGNORED` where a pixel does not count.
        predicted: Of the same shape, values 0..5.

    Returns:
        int64 (6, 6).

    Raises:
        ValueError: The shapes differ, or a value is no part.
    """
    if true.shape != predicted.shape:
        raise BadValueError(
            f"the true part map is {true.shape} and the predicted one {predicted.shape}, expected one size"
        )
    counted = true != IGNORED
    true, predicted = true[counted], predicted[counted]
    for name, parts in (("true", true), ("predicted", predicted)):
        if parts.size and parts.max() >= NUM_PARTS:
            raise BadValueError(f"the {name} part map holds {parts.max()}, expected parts 0..{NUM_PARTS - 1}")
    pairs = NUM_PARTS * true.astype(np.int64).ravel() + predicted.ravel()
    return np.bincount(pairs, minlength=NUM_PARTS**2).reshape(NUM_PARTS, NUM_PARTS)


def part_iou(maps: Iterable[tuple[NDArray[np.uint8], NDArray[np.uint8]]]) -> PartIoU:
    """Return the intersection over union over all pixels of many part maps together, as is usual for parsing.

    Args:
        maps: True and predicted part map of each image, each pair of one size.

    Raises:
        ValueError: There is no map, or a pair does not fit.
    """
    total = np.zeros((NUM_PARTS, NUM_PARTS), dtype=np.int64)
    for true, predicted in maps:
        total += confusion_matrix(true, predicted)
    intersection = total.diagonal()
    union = total.sum(0) + total.sum(1) - intersection
    parts = {part.name.lower(): float(intersection[part] / union[part]) for part in Part if union[part]}
    if not parts:
        raise BadValueError("there is no part map to compare: the list of images is empty")
    person = total[1:, 1:].sum() / max(1, total.sum() - total[0, 0])
    return PartIoU(parts, float(np.mean(list(parts.values()))), float(person))
