"""Which part skin is of, in label maps that have one label for all of it: head, arms or legs, by where it is."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.parsing.pieces import label_pieces
from ccreid.parts import Part

# As shares of the person's height, from the top: where a face ends, and where the hands of hanging arms do.
_HEAD: Final = 0.17
_ARMS: Final = 0.57

# A piece of skin that lies between these is of one part throughout, wherever the rows above cross it.
_FACE: Final = (0.0, 0.22)
_HANDS: Final = (0.17, 0.68)
_KNEES: Final = (0.40, 1.0)
_CALF: Final = 0.75
_DIVIDED: Final = 255


def divide_skin(skin: NDArray[np.bool_], person: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the part of each pixel of skin.

    A piece of skin that is a face, a hand or an arm, or a leg by where it begins and ends is that throughout; a piece
    that spans more, as a face, a neck and arms without sleeves do, is divided at rows: head in the upper 17 % of the
    person's height, legs in the lower 43 %, arms between.

    Args:
        skin: Bool (H, W).
        person: Bool (H, W), all of the person, skin included.

    Returns:
        uint8 (H, W): head, arms or legs where there is skin, background elsewhere.

    Example:
        >>> person = np.ones((100, 4), bool)
        >>> skin = np.zeros((100, 4), bool)
        >>> skin[5:15], skin[50:60], skin[70:95] = True, True, True
        >>> [Part(value).name for value in divide_skin(skin, person)[[10, 59, 71], 0]]
        ['HEAD', 'ARMS', 'LEGS']
    """
    if not skin.any():
        return np.zeros(skin.shape, np.uint8)
    rows = np.flatnonzero(person.any(axis=1))
    top, height = rows[0], rows[-1] - rows[0] + 1
    places = (np.arange(len(skin)) - top) / height
    by_row = np.select([places < _HEAD, places < _ARMS], [np.uint8(Part.HEAD), np.uint8(Part.ARMS)], Part.LEGS)
    parts = np.where(skin, by_row[:, None], Part.BACKGROUND).astype(np.uint8)
    pieces, count = label_pieces(skin)
    row, column = np.nonzero(pieces)  # row by row, so that a piece's first pixel is in its first row
    found, first = np.unique(pieces[row, column], return_index=True)
    _, last = np.unique(pieces[row, column][::-1], return_index=True)
    whole = np.full(count + 1, _DIVIDED, np.uint8)
    for piece, begins, ends in zip(found, row[first], row[::-1][last], strict=True):
        whole[piece] = _of_one_part((begins - top) / height, (ends + 1 - top) / height)
    return np.where(whole[pieces] == _DIVIDED, parts, whole[pieces])


def _of_one_part(first: float, last: float) -> int:
    """Return the part that a piece of skin from one place to another is of throughout, or `_DIVIDED`."""
    if first >= _KNEES[0] and last > _CALF:
        return Part.LEGS
    if first >= _HANDS[0] and last <= _HANDS[1]:
        return Part.ARMS
    if last <= _FACE[1]:
        return Part.HEAD
    return _DIVIDED
