"""Silhouettes of people, cut out of part maps and aligned as gait recognition has them (Chao et al., GaitSet, 2019)."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ccreid.datasets.part_maps import PartMapError, read_parts
from ccreid.datasets.record import ImageRecord
from ccreid.parts import Part
from ccreid.prefetch import prefetch

_AHEAD: Final = 64


def read_silhouettes(records: Sequence[ImageRecord], height: int, width: int) -> Tensor:
    """Read the part maps of records, on all cores, and return the silhouettes in them.

    Args:
        records: N images, with part maps.
        height: Of the silhouettes, in pixels.
        width: Of the silhouettes, in pixels.

    Returns:
        uint8 (N, height, width); see `silhouette`.

    Raises:
        PartMapError: A record has no part map, or it cannot be read.
    """

    def read(record: ImageRecord) -> NDArray[np.uint8]:
        if record.parts is None:
            raise PartMapError(f"{record.image} has no part map to take a silhouette from: make it with `ccreid parse`")
        return silhouette(read_parts(record.parts), height, width)

    silhouettes = torch.empty(len(records), height, width, dtype=torch.uint8)
    for row, one in enumerate(prefetch(read, records, _AHEAD)):
        silhouettes[row] = torch.from_numpy(one)
    return silhouettes


def silhouette(parts: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return the silhouette of a part map: everything that is not background.

    The person fills the height, keeps their proportions, and stands with half of their area on each side of the middle.
    What is wider than `width` is cut off; a part map without a person gives an empty silhouette.

    Args:
        parts: (H, W), values of `ccreid.parts.Part`.
        height: Of the silhouette, in pixels.
        width: Of the silhouette, in pixels.

    Returns:
        uint8 (height, width): the share of a pixel that the person covers, 0 for none and 255 for all.
    """
    person = parts != Part.BACKGROUND
    rows = np.flatnonzero(person.any(axis=1))
    if not len(rows):
        return np.zeros((height, width), dtype=np.uint8)
    body = person[rows[0] : rows[-1] + 1]
    scaled = max(1, round(body.shape[1] * height / len(body)))
    shares = np.asarray(
        Image.fromarray(body.astype(np.uint8) * 255).resize((scaled, height), Image.Resampling.BOX), dtype=np.uint8
    )
    # Room on both sides for a person at either edge.
    padded = np.pad(shares, ((0, 0), (width, width)))
    columns = padded.sum(axis=0, dtype=np.int64)
    covered = np.cumsum(columns)
    column = int(np.searchsorted(covered, covered[-1] / 2))
    # Where inside that column one half of the person ends and the other begins.
    middle = column + 1 - (covered[column] - covered[-1] / 2) / columns[column]
    left = round(middle - width / 2)
    return np.ascontiguousarray(padded[:, left : left + width])
