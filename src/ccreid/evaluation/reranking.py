"""k-reciprocal re-ranking (Zhong et al., CVPR 2017) on sparse neighbour lists, block by block."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ccreid.errors import BadValueError
from ccreid.evaluation.feature_matrix import FeatureMatrix, feature_matrices

# Distances that are held at a time: 16 MB of float32. Of the blocks on the diagonal half is computed twice, so that
# smaller ones save work.
_BLOCK = 4_000_000

# Images whose neighbours are looked at together; bounds what stands beside the lists at some 100 MB.
_IMAGES = 1024

# Pairs of features that are copied at a time to be multiplied: 2 x 1 MB of float32 at 2048 dimensions.
_GATHERED: Final = 128

# Pairs that are expanded at a time where sparse rows are compared: 2 MB of indices, which caches hold.
_PAIRS = 250_000


@dataclass(frozen=True)
class Reranking:
    """The three numbers of the method, as in the paper's experiments.

    Attributes:
        k1: Neighbours among which reciprocal ones are looked for.
        k2: Neighbours, the image itself among them, whose vectors are averaged; 1 averages nothing.
        weight: Of the original distance beside the Jaccard distance, 0..1; the paper's lambda.

    Raises:
        ValueError: A number is out of its range.
    """

    k1: int = 20
    k2: int = 6
    weight: float = 0.3

    def __post_init__(self) -> None:
        if self.k1 < 1 or not 1 <= self.k2 <= self.k1 + 1:
            raise BadValueError(f"k1 is {self.k1} and k2 {self.k2}, expected k1 of at least 1 and k2 from 1 to k1 + 1")
        if not 0 <= self.weight <= 1:
            raise BadValueError(f"the original distance's weight is {self.weight}, expected 0..1")


def rerank(
    query_features: Tensor | npt.ArrayLike,
    gallery_features: Tensor | npt.ArrayLike,
    reranking: Reranking = Reranking(),
) -> npt.NDArray[np.float32]:
    """Return the distances (Q, G) after re-ranking, float32 in 0..1.

    The original distances are squared Euclidean ones, each image's divided by its largest. All queries and gallery
    images are each other's possible neighbours, so a query's distances change with the other queries. As in the
    authors' code the weights of Eq. (7) are divided by their sum, and a neighbour's set joins by Eq. (3) where more
    than two thirds of it are shared, not where just two thirds are.

    Beside the result and a copy of the features no matrix over all pairs is held, only a block of it, and k1
    neighbours and some hundred weights an image.

    Args:
        query_features: (Q, D), any array or tensor; compared in the precision of `evaluate_ranking`.
        gallery_features: (G, D).
        reranking: The method's numbers.

    Returns:
        float32 (Q, G): the smaller, the more alike.

    Raises:
        RankingError: The features are empty, not finite, or of different widths.

    Example:
        >>> gallery = [[0.8, 0.6], [0.0, 1.0], [1.0, 0.0]]
        >>> rerank([[1.0, 0.0]], gallery, Reranking(k1=2, k2=1)).argsort(axis=1).tolist()
        [[2, 0, 1]]
    """
    query, gallery = feature_matrices(query_features, gallery_features)
    distances = np.empty((len(query), len(gallery)), dtype=np.float32)
    for rows, block in reranked_blocks(query, gallery, reranking, distances):
        distances[rows] = block
    return distances


def reranked_blocks(
    query: FeatureMatrix,
    gallery: FeatureMatrix,
    reranking: Reranking,
    original: npt.NDArray[np.float32] | None = None,
) -> Iterator[tuple[slice, npt.NDArray[np.float32]]]:
    """Yield blocks of queries with their distances (rows, G) after re-ranking, as many as `_BLOCK` allows.

    Args:
        query: (Q, D).
        gallery: (G, D).
        reranking: The method's numbers.
        original: Room (Q, G) for the original distances, which all come by while neighbours are looked for; a block of
            them is read when it is yielded. Without it they are computed anew, block by block.
    """
    images = _Images(torch.cat([query.rows(slice(None)), gallery.rows(slice(None))]))
    near = _neighbours(images, reranking.k1 + 1, original)
    vectors = _reciprocal_vectors(images, near, reranking.k1)
    if reranking.k2 > 1:
        vectors = _averaged(vectors, near.indices[:, : reranking.k2])
    by_column = vectors.of_rows(slice(len(query), None)).transposed(len(images))
    step = max(1, _BLOCK // len(gallery))
    for start in range(0, len(query), step):
        rows = slice(start, min(start + step, len(query)))
        distances = _jaccard(vectors.of_rows(rows), by_column, len(gallery))
        distances *= 1 - reranking.weight
        own = images.distances(rows, slice(len(query), None)).cpu().numpy() if original is None else original[rows]
        own *= reranking.weight / near.farthest[rows, None]
        distances += own
        yield rows, distances


class _Images:
    """All images, queries first, and the squared Euclidean distances between them."""

    def __init__(self, features: Tensor) -> None:
        self._features = features
        self._squares = torch.linalg.vector_norm(features, dim=1).square_()

        self.precision = features.dtype

    def __len__(self) -> int:
        return len(self._features)

    def distances(self, rows: slice, columns: slice) -> Tensor:
        """Return the distances (n, m) of a block, by a matrix product."""
        left, right = self._features[rows], self._features[columns]
        products = torch.addmm(self._squares[columns], left, right.T, alpha=-2)
        return products.add_(self._squares[rows, None]).clamp_(min=0)

    def pair_distances(self, one: npt.NDArray[np.intp], other: npt.NDArray[np.intp]) -> npt.NDArray[np.floating]:
        """Return the distance of each pair (n,)."""
        products = np.empty(len(one), dtype=np.float64)
        features, squares = self._features.cpu().numpy(), self._squares.cpu().numpy()
        for start in range(0, len(one), _GATHERED):
            part = slice(start, start + _GATHERED)
            products[part] = np.einsum("nd,nd->n", features[one[part]], features[other[part]])
        distances: npt.NDArray[np.floating] = squares[one] + squares[other] - 2 * products
        return distances.clip(min=0)


class _Neighbours(NamedTuple):
    """The nearest images of each image, itself first.

    Attributes:
        indices: (N, k), by ascending distance.
        distances: (N, k), squared.
        farthest: (N,), the largest squared distance to any image.
    """

    indices: npt.NDArray[np.intp]
    distances: npt.NDArray[np.floating]
    farthest: npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class _SparseRows:
    """A matrix as the values of each row that are not zero.

    Attributes:
        starts: (rows + 1,), where each row's values begin.
        columns: Of the values.
        values: The values.
    """

    starts: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]
    values: npt.NDArray[np.floating]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of_rows(self, rows: slice) -> "_SparseRows":
        start, stop, _ = rows.indices(len(self))
        inside = slice(self.starts[start], self.starts[stop])
        return _SparseRows(self.starts[start : stop + 1] - inside.start, self.columns[inside], self.values[inside])

    def transposed(self, columns: int) -> "_SparseRows":
        order = np.argsort(self.columns, kind="stable")
        rows = np.repeat(np.arange(len(self)), np.diff(self.starts))[order]
        return _SparseRows(_starts(np.bincount(self.columns, minlength=columns)), rows, self.values[order])

    def expanded(self, chosen: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return, for rows in any order, which of them each of their values belongs to, and the values' places."""
        counts = np.diff(self.starts)[chosen]
        starts = _starts(counts)
        of = np.repeat(np.arange(len(chosen)), counts)
        return of, np.arange(starts[-1]) - np.repeat(starts[:-1] - self.starts[chosen], counts)


def _neighbours(images: _Images, count: int, across: npt.NDArray[np.float32] | None = None) -> _Neighbours:
    """Find each image's nearest; each pair of blocks is multiplied once, for the images of both.

    The distances from the first images to the others, the queries' to the gallery, are left in `across` (Q, G).
    """
    total, count = len(images), min(count, len(images))
    distances = torch.full((total, count), torch.inf, dtype=images.precision)
    indices = torch.zeros((total, count), dtype=torch.int64)
    farthest = torch.zeros(total, dtype=images.precision)

    def look_at(block: Tensor, rows: slice, columns: slice) -> None:
        farthest[rows] = torch.maximum(farthest[rows], block.amax(dim=1).cpu())
        found = block.topk(min(count, block.shape[1]), dim=1, largest=False)
        both = torch.cat([distances[rows], found.values.cpu()], dim=1)
        both_indices = torch.cat([indices[rows], found.indices.cpu() + columns.start], dim=1)
        nearest = both.topk(count, dim=1, largest=False)
        distances[rows], indices[rows] = nearest.values, both_indices.gather(1, nearest.indices)

    step = max(1, math.isqrt(_BLOCK))
    blocks = [slice(start, min(start + step, total)) for start in range(0, total, step)]
    for place, rows in enumerate(blocks):
        for columns in blocks[place:]:
            block = images.distances(rows, columns)
            if across is not None:
                _keep_across(across, block, rows, columns)
            if rows == columns:
                # An image is its own nearest neighbour, whatever rounding and equal images say.
                block.fill_diagonal_(-1)
            else:
                look_at(block.T.contiguous(), columns, rows)
            look_at(block, rows, columns)
    # All images being equal, all distances are 0 whatever they are divided by.
    largest = np.where(farthest > 0, farthest, 1)
    return _Neighbours(indices.numpy(), distances.clamp_(min=0).numpy(), largest)


def _keep_across(across: npt.NDArray[np.float32], block: Tensor, rows: slice, columns: slice) -> None:
    """Write what a block of the upper triangle holds of the distances between the first images and the others."""
    queries = len(across)
    above, left = min(rows.stop, queries), max(columns.start, queries)
    if rows.start < above and left < columns.stop:
        part = block[: above - rows.start, left - columns.start :]
        across[rows.start : above, left - queries : columns.stop - queries] = part.cpu().numpy()


def _reciprocal_vectors(images: _Images, near: _Neighbours, k1: int) -> _SparseRows:
    """Return each image's vector of Eq. (7), weights on its expanded k-reciprocal neighbours R* of Eq. (3)."""
    half = round(k1 / 2)  # to the even of two, as the authors' code rounds
    mutual = _mutual(near.indices)
    mutual_half = _mutual(near.indices[:, : half + 1])
    counts, columns, values = [], [], []
    for start in range(0, len(images), _IMAGES):
        rows = np.arange(start, min(start + _IMAGES, len(images)))
        members, distances = _expanded_sets(near, mutual, mutual_half, rows)
        chosen = members >= 0
        of, column, distance = np.repeat(rows, chosen.sum(1)), members[chosen], distances[chosen]
        missing = np.isnan(distance)
        distance[missing] = images.pair_distances(of[missing], column[missing])
        weights = np.exp(-distance / near.farthest[of])
        sums = np.bincount(of - start, weights)
        counts.append(chosen.sum(1))
        columns.append(column)
        values.append((weights / sums[of - start]).astype(np.float32))
    return _SparseRows(_starts(np.concatenate(counts)), np.concatenate(columns), np.concatenate(values))


def _mutual(indices: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Return (N, k), whether an image is also among the neighbours of its neighbour."""
    mutual = np.empty(indices.shape, dtype=np.bool_)
    for start in range(0, len(indices), _IMAGES):
        some = indices[start : start + _IMAGES]
        own = np.arange(start, start + len(some))
        mutual[start : start + _IMAGES] = (indices[some] == own[:, None, None]).any(axis=2)
    return mutual


def _expanded_sets(
    near: _Neighbours,
    mutual: npt.NDArray[np.bool_],
    mutual_half: npt.NDArray[np.bool_],
    rows: npt.NDArray[np.intp],
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.floating]]:
    """Return the set R* of each row's image, image numbers and -1 elsewhere, and distances, NaN where not known yet."""
    candidates = near.indices[rows]
    own = np.where(mutual[rows], candidates, -1)
    theirs = np.where(mutual_half[candidates], near.indices[candidates][:, :, : mutual_half.shape[1]], -1)
    valid = theirs >= 0
    shared = valid & _contained(theirs, own)
    # A neighbour's own, smaller set joins where more than two thirds of it are there already.
    joins = mutual[rows] & (3 * shared.sum(2) > 2 * valid.sum(2))
    joined = np.where(joins[:, :, None], theirs, -1).reshape(len(rows), -1)
    # Sorted by image and, within it, by the place among the neighbours, which the joined ones come after.
    count = near.indices.shape[1]
    keys = np.concatenate([own * (count + 1) + np.arange(count), joined * (count + 1) + count], axis=1)
    keys.sort(axis=1)
    members, places = np.divmod(keys, count + 1)
    members[:, 1:][members[:, 1:] == members[:, :-1]] = -1
    known = np.concatenate([near.distances[rows], np.full((len(rows), 1), np.nan)], axis=1)
    return members, np.take_along_axis(known, places, axis=1)


def _contained(values: npt.NDArray[np.intp], sets: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Return whether each value (B, k, h) is in its row's set (B, k)."""
    found = np.zeros(values.shape, dtype=np.bool_)
    for member in sets.T:
        found |= values == member[:, None, None]
    return found


def _averaged(vectors: _SparseRows, neighbours: npt.NDArray[np.intp]) -> _SparseRows:
    """Return the mean vector of each image's neighbours, Eq. (11)."""
    total = len(vectors)
    counts, columns, values = [], [], []
    for start in range(0, total, _IMAGES):
        some = neighbours[start : start + _IMAGES]
        of, places = vectors.expanded(some.ravel())
        keys = of // some.shape[1] * total + vectors.columns[places]
        distinct, inverse = np.unique(keys, return_inverse=True)
        counts.append(np.bincount(distinct // total, minlength=len(some)))
        columns.append(distinct % total)
        values.append((np.bincount(inverse, vectors.values[places]) / some.shape[1]).astype(np.float32))
    return _SparseRows(_starts(np.concatenate(counts)), np.concatenate(columns), np.concatenate(values))


def _jaccard(rows: _SparseRows, by_column: _SparseRows, gallery: int) -> npt.NDArray[np.float32]:
    """Return the Jaccard distances of Eq. (10), 1 - sum min / sum max, where both vectors sum to 1.

    Args:
        rows: The queries' vectors.
        by_column: The gallery's vectors, transposed.
        gallery: G.
    """
    overlap = np.zeros((len(rows), gallery), dtype=np.float32)
    # How many pairs of equal columns each value, and with it each query, takes part in.
    pairs = np.diff(by_column.starts)[rows.columns]
    before = np.concatenate([[0], np.cumsum(pairs)])[rows.starts]
    start = 0
    while start < len(rows):
        stop = max(start + 1, int(np.searchsorted(before, before[start] + _PAIRS, side="right")) - 1)
        some = rows.of_rows(slice(start, stop))
        of, places = by_column.expanded(some.columns)
        query = np.repeat(np.arange(len(some)), np.diff(some.starts))[of]
        least = np.minimum(some.values[of], by_column.values[places])
        sums = np.bincount(query * gallery + by_column.columns[places], least, minlength=len(some) * gallery)
        overlap[start:stop] = sums.reshape(len(some), gallery)
        start = stop
    return 1 - overlap / (2 - overlap)


def _starts(counts: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    return np.concatenate([np.zeros(1, dtype=np.intp), np.cumsum(counts)])
