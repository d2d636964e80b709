"""What a gallery is sorted by for each query: blocked matrix products whose memory is bounded by a block."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from ccreid.evaluation.feature_matrix import FeatureMatrix

BLOCK: Final = 64_000_000
"""Keys that are held at a time: 256 MB of float32."""

# Gallery rows that are copied at a time, into their order, for one product: 32 MB of float32 at 2048 dimensions.
_COLUMNS: Final = 4096


@dataclass(frozen=True, eq=False)
class GalleryOrder:
    """An order of the gallery that depends on the rows' values alone, and in which equal rows are neighbours.

    Attributes:
        order: (G,), rows of the gallery.
        first: (G,) bool, in that order: whether the row differs from the one before.
    """

    order: npt.NDArray[np.intp]
    first: npt.NDArray[np.bool_]


def gallery_order(gallery: FeatureMatrix) -> GalleryOrder:
    """Return the order of a gallery: by a hash of the rows' bits, where rows with one hash are compared."""
    hashes = gallery.row_hashes()
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    first = np.ones(len(order), dtype=np.bool_)
    suspects = np.flatnonzero(hashes[1:] == hashes[:-1]) + 1
    for start in range(0, len(suspects), _COLUMNS):
        some = suspects[start : start + _COLUMNS]
        first[some] = (gallery.rows(order[some]) != gallery.rows(order[some - 1])).any(1).cpu().numpy()
    return GalleryOrder(order, first)


def sort_keys(
    query: FeatureMatrix, gallery: FeatureMatrix, columns: GalleryOrder, block: int
) -> Iterator[tuple[slice, npt.NDArray[np.floating]]]:
    """Yield blocks of queries with their keys (rows, G), |g|^2 / 2 - q.g, which order the gallery as the distance does.

    Equal gallery rows have equal keys, and a key does not depend on the order in which the gallery was given: a matrix
    product may round equal columns differently, so distinct rows are multiplied once each, in an order of their own.

    Args:
        query: (Q, D).
        gallery: (G, D).
        columns: Which gallery row each column is.
        block: Keys that are held at a time.
    """
    count = len(gallery)
    repeated = np.flatnonzero(~columns.first)
    # The column of the first of the equal rows that each repeated one belongs to.
    original = np.maximum.accumulate(np.where(columns.first, np.arange(count), 0))[repeated]
    step = max(1, block // count)
    for start in range(0, len(query), step):
        rows = slice(start, min(start + step, len(query)))
        queries = query.rows(rows)
        keys = torch.empty(len(queries), count, dtype=queries.dtype)
        # A block of queries copies the gallery anew, part by part, rather than keep a second gallery in order.
        for left in range(0, count, _COLUMNS):
            part = slice(left, min(left + _COLUMNS, count))
            distinct = columns.first[part]
            others = gallery.rows(columns.order[part][distinct])
            half_squares = others.square().sum(1, dtype=torch.float64).div_(2).to(others.dtype)
            if distinct.all() and others.device == keys.device:
                torch.addmm(half_squares, queries, others.T, alpha=-1, out=keys[:, part])
            else:
                keys[:, left + np.flatnonzero(distinct)] = torch.addmm(half_squares, queries, others.T, alpha=-1).cpu()
        if len(repeated):
            keys[:, repeated] = keys[:, original]
        yield rows, keys.numpy()
