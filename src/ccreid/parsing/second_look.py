"""A second look at the person alone, for parsers that see the whole image in one small size."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

# A person that the crop below would enlarge by less is seen well enough at first.
_ENOUGH: Final = 0.6

# Around what was found, as a share of its height and width.
_MARGIN: Final = 0.08

# Of a row's or column's pixels: less is a speck and no person.
_SPECK: Final = 0.015


def look_twice(
    look: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], image: NDArray[np.uint8], is_person: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return the labels of an image, seen as a whole, and then again the person alone if that is a small part of it.

    A parser that brings each image to 256x128 pixels sees a street photo's person 43 pixels wide, and her arms 4. What
    is outside of the crop is background.

    Args:
        look: From RGB, uint8 (H, W, 3), to labels (H, W).
        image: RGB, uint8 (H, W, 3).
        is_person: (L,), which labels are of a person.
    """
    labels = look(image)
    box = _person_box(is_person[labels])
    if box is None:
        return labels
    rows, columns = box
    closer = np.full_like(labels, int(np.flatnonzero(~is_person)[0]))
    closer[rows, columns] = look(np.ascontiguousarray(image[rows, columns]))
    return closer


def _person_box(person: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """Return the rows and columns around a person (H, W), or None where nobody is found or most of the image is."""
    height, width = person.shape
    found_rows = np.flatnonzero(person.sum(axis=1) > _SPECK * width)
    found_columns = np.flatnonzero(person.sum(axis=0) > _SPECK * height)
    if not len(found_rows) or not len(found_columns):
        return None
    rows, columns = _around(found_rows, height), _around(found_columns, width)
    covered = (rows.stop - rows.start) * (columns.stop - columns.start) / (height * width)
    return (rows, columns) if covered < _ENOUGH else None


def _around(found: NDArray[np.intp], length: int) -> slice:
    first, last = int(found[0]), int(found[-1]) + 1
    margin = round(_MARGIN * (last - first))
    return slice(max(0, first - margin), min(length, last + margin))
