"""A set's features as evaluation reads them: checked once, and multiplied block by block in an order of their own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ccreid.errors import CcreidError

# Rows that are converted at a time where all are looked through.
_ROWS: Final = 4096

# Narrow enough that rounding is as in a cosine, wide enough for features normalised in bfloat16.
_UNIT: Final = 0.02


class RankingError(CcreidError, ValueError):
    """Features or labels cannot be evaluated; the message names the array and what is wrong with it."""


@dataclass(frozen=True, eq=False)
class FeatureMatrix:
    """Features (N, D) in whatever type and place they came, never copied as a whole.

    Attributes:
        values: (N, D).
        precision: What rows are handed out in, float32 or float64.
    """

    values: Tensor
    precision: torch.dtype

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, chosen: slice | npt.NDArray[np.intp]) -> Tensor:
        """Return a copy of rows (n, D) on the features' device, with every -0 turned to 0."""
        values = self.values[chosen if isinstance(chosen, slice) else torch.from_numpy(chosen).to(self.values.device)]
        return values.to(self.precision) + 0

    def row_hashes(self) -> npt.NDArray[np.uint64]:
        """Return a number for each row, equal for equal rows; different rows share one with a chance near 2^-32."""
        width = self.values.shape[1] * self.precision.itemsize
        word = np.uint64 if width % 8 == 0 else np.uint32
        factors = np.random.default_rng(0).integers(2**63, size=width // word().itemsize, dtype=np.uint64) * 2 + 1
        hashes = np.empty(len(self), dtype=np.uint64)
        for start in range(0, len(self), _ROWS):
            rows = slice(start, start + _ROWS)
            bits = self.rows(rows).cpu().numpy().view(word).astype(np.uint64, copy=False)
            # A product alone would leave differences in the highest bits there, where they cancel.
            bits ^= bits >> np.uint64(32)
            bits *= factors
            hashes[rows] = bits.sum(axis=1)
        return hashes


def feature_matrices(
    query: Tensor | npt.ArrayLike, gallery: Tensor | npt.ArrayLike
) -> tuple[FeatureMatrix, FeatureMatrix]:
    """Check both sets' features; on a GPU both are, if either is.

    Features of length 1 in float32, or less, are compared in float32, all others in float64.

    Args:
        query: Features (Q, D), any array or tensor.
        gallery: Features (G, D).

    Returns:
        Query and gallery, in one precision and on one device.

    Raises:
        RankingError: A matrix is empty or none, has values that are not finite, or the widths differ.
    """
    tensors = _tensor(query, "query_features"), _tensor(gallery, "gallery_features")
    if tensors[0].shape[1] != tensors[1].shape[1]:
        raise RankingError(
            f"query_features have {tensors[0].shape[1]} columns and gallery_features {tensors[1].shape[1]}: "
            "extract both with one model"
        )
    # Only CUDA devices compute in float64.
    device = next((tensor.device for tensor in tensors if tensor.device.type == "cuda"), torch.device("cpu"))
    tensors = tensors[0].to(device), tensors[1].to(device)
    units = [_all_of_length_1(tensor, name) for tensor, name in zip(tensors, ("query", "gallery"), strict=True)]
    precision = torch.float32 if all(units) else torch.float64
    return FeatureMatrix(tensors[0], precision), FeatureMatrix(tensors[1], precision)


def _tensor(features: Tensor | npt.ArrayLike, name: str) -> Tensor:
    if isinstance(features, Tensor):
        matrix = features.detach()
    else:
        array = np.asarray(features)
        if array.dtype not in (np.float16, np.float32):
            array = np.asarray(array, dtype=np.float64)
        matrix = torch.from_numpy(np.ascontiguousarray(array) if array.flags.writeable else array.copy())
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise RankingError(
            f"{name} have shape {tuple(matrix.shape)}, expected (images, dimensions), at least one of each"
        )
    return matrix


def _all_of_length_1(matrix: Tensor, name: str) -> bool:
    """Return whether the features are L2-normalised floats of 32 bits or less, having refused what is not finite."""
    unit, broken = matrix.is_floating_point() and matrix.dtype != torch.float64, 0
    for start in range(0, len(matrix), _ROWS):
        rows = matrix[start : start + _ROWS]
        squares = rows.float().square().sum(1)
        # One pass tells both; only where a square is too large for float32 do the values have to be looked at.
        if not squares.isfinite().all():
            broken += int((~rows.isfinite().all(1)).sum())
        unit = unit and bool(((squares - 1).abs() < _UNIT).all())
    if broken:
        raise RankingError(
            f"{name}_features have NaN or infinite values in {broken} of {len(matrix)} rows: "
            "check that the training did not diverge"
        )
    return unit


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
