"""The features that are most similar to each query, exactly: a product in float32 finds who may be among them."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Features and queries that are compared at a time: 32 MB of float32 at 512 numbers, and a product of 16 MB.
_BLOCK: Final = 16_384
_QUERIES: Final = 256
# So few queries are multiplied one by one, at the speed of memory; a product of matrices takes twice as long for one.
_FEW: Final = 8


class Nearest(NamedTuple):
    """The features that are most similar to a query, the most similar first.

    Attributes:
        places: Their rows; of equally similar ones the earlier first.
        similarities: float32, their cosine similarities.
    """

    places: NDArray[np.intp]
    similarities: NDArray[np.float32]


def nearest(
    queries: NDArray[np.float32], vectors: NDArray[np.float32], count: int, rows: NDArray[np.intp] | None = None
) -> list[Nearest]:
    """Return the features that are most similar to each query.

    The order is that of the similarities in float64, rounded to float32, and of the rows where these are equal: it
    depends neither on what else is asked nor on how a library multiplies.

    Args:
        queries: (Q, D) of length 1.
        vectors: (N, D) of length 1, or zero.
        count: How many of each query, at most.
        rows: In rising order, those that may be found; all where it is left out.

    Example:
        >>> nearest(np.array([[1, 0]], np.float32), np.array([[0, 1], [1, 0], [1, 0]], np.float32), 2)[0].places
        array([1, 2])
    """
    found: list[Nearest] = []
    for start in range(0, len(queries), _QUERIES):
        found += _nearest(queries[start : start + _QUERIES], vectors, count, rows)
    return found


def _nearest(
    queries: NDArray[np.float32], vectors: NDArray[np.float32], count: int, rows: NDArray[np.intp] | None
) -> list[Nearest]:
    best = [Nearest(np.empty(0, np.intp), np.empty(0, np.float32))] * len(queries)
    # What is less similar than this by the product is not among the best, however the product was rounded: either
    # side of a comparison is off by D roundings at most.
    slack = np.float32(2 * queries.shape[1] * np.finfo(np.float32).eps)
    least = np.full((len(queries), 1), -np.inf, np.float32)
    for start in range(0, len(vectors) if rows is None else len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        block = vectors[part] if rows is None else vectors[rows[part]]
        similar = _product(queries, block)
        if start == 0 and count < len(block):
            least = np.partition(similar, -count, axis=1)[:, -count, None] - slack
        of, columns = np.divmod(np.flatnonzero(similar >= least), len(block))
        ends = np.searchsorted(of, np.arange(len(queries) + 1))
        for query in np.unique(of):
            chosen = columns[ends[query] : ends[query + 1]]
            places = start + chosen if rows is None else rows[start + chosen]
            best[query] = _merged(best[query], Nearest(places, _exactly(queries[query], block[chosen])), count)
            if len(best[query].places) == count:
                least[query] = best[query].similarities[-1] - slack
    return best


def _product(queries: NDArray[np.float32], block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return similarities (Q, B) that are rounded as it comes."""
    return np.vecdot(queries[:, None], block) if len(queries) <= _FEW else queries @ block.T


def _exactly(query: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return similarities that are equal where the features are; a matrix product's depend on where a row stands."""
    sums: NDArray[np.float64] = (vectors.astype(np.float64) * query).sum(axis=1)
    return sums.astype(np.float32)


def _merged(one: Nearest, later: Nearest, count: int) -> Nearest:
    places = np.concatenate([one.places, later.places])
    similarities = np.concatenate([one.similarities, later.similarities])
    order = np.lexsort((places, -similarities))[:count]
    return Nearest(places[order], similarities[order])
