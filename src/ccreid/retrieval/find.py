"""From the features of photos to the entries of a gallery that show the same person, re-ranked where that is asked."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import BadValueError
from ccreid.evaluation.reranking import Reranking, rerank
from ccreid.retrieval.entry import Hit, unit_length
from ccreid.retrieval.filters import Filters
from ccreid.retrieval.store import Store

CANDIDATES: Final = 100
"""Entries that are re-ranked, the most similar ones; as many as are to be found, where those are more."""

MOST: Final = 10_000
"""Entries that can be found at once; a Milvus server gives no more than 16,384."""


def find(
    store: Store,
    queries: NDArray[np.float32],
    top: int,
    filters: Filters,
    without: Sequence[Collection[str]] | None = None,
    reranking: Reranking | None = None,
) -> list[list[Hit]]:
    """Return the entries that are most like each query, the most similar first.

    Args:
        store: The gallery.
        queries: float32 (Q, D) of length 1.
        top: How many of each query.
        filters: What they must be.
        without: Of each query, ids that it is not to find, such as those of its own photos.
        reranking: Re-ranks the first `CANDIDATES` of each query by k-reciprocal neighbours among themselves; the
            similarities stay.

    Raises:
        BadValueError: `top` is out of its range.
        MissingFileError: There is no gallery.
    """
    if not 1 <= top <= MOST:
        raise BadValueError(f"top is {top}, expected 1..{MOST}")
    count = top if reranking is None else max(top, CANDIDATES)
    own = without or [()] * len(queries)
    found = store.search(queries, count + max(map(len, own)), filters)
    lists = [[hit for hit in hits if hit.entry.id not in ids][:count] for hits, ids in zip(found, own, strict=True)]
    if reranking is not None:
        lists = [_reranked(store, query, hits, reranking) for query, hits in zip(queries, lists, strict=True)]
    return [hits[:top] for hits in lists]


def as_one(queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the feature (1, D) of several photos of one person: the mean of theirs (Q, D), of length 1."""
    return unit_length(queries.mean(axis=0, keepdims=True))


def _reranked(store: Store, query: NDArray[np.float32], hits: Sequence[Hit], reranking: Reranking) -> list[Hit]:
    if not hits:
        return []
    distances = rerank(query[None], store.vectors([hit.entry.id for hit in hits]), reranking)[0]
    return [hits[place] for place in np.argsort(distances, kind="stable")]
