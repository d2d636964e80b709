"""CMC, mAP and mINP of a ranked gallery, exact and with one rule for ties."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ccreid.evaluation.feature_matrix import FeatureMatrix, RankingError, feature_matrices, gallery_order, sort_keys
from ccreid.evaluation.reranking import Reranking, reranked_blocks

MatchClothes = Literal["other", "same"]
"""What a match wears beside its query, where outfits are compared."""

MAX_RANK = 50
"""Length of the CMC curve."""

# Keys that are held at a time: 256 MB of float32. Beyond it and the features, memory grows with the labels alone.
_BLOCK = 64_000_000


@dataclass(frozen=True, eq=False)
class RankingMetrics:
    """How well queries find their identity in a gallery, as fractions 0..1.

    Attributes:
        cmc: float64 (50,), the share of queries with a match among the first k gallery images, for k = 1..50. It goes
            on at 1 where the gallery is shorter.
        mAP: Mean over queries of the average precision, not interpolated.
        mINP: Mean over queries of matches / rank of the last match, the mean inverse negative penalty (Ye et al.,
            TPAMI 2021).
        queries: Number of queries that were evaluated.
        skipped: Number of queries that were not, having no match in the gallery.
        absent_queries: Number of evaluated queries that have no feature, and thus find nothing.
        absent_gallery: Number of gallery images that have no feature, and thus are never found.
    """

    cmc: npt.NDArray[np.float64]
    mAP: float  # noqa: N815  # the metric's name
    mINP: float  # noqa: N815
    queries: int
    skipped: int
    absent_queries: int
    absent_gallery: int

    def rank(self, k: int) -> float:
        """Return rank-k accuracy, the CMC curve at k in 1..50.

        Raises:
            RankingError: k is outside the curve.
        """
        if not 1 <= k <= len(self.cmc):
            raise RankingError(f"rank {k} is not on the CMC curve, expected 1..{len(self.cmc)}")
        return float(self.cmc[k - 1])


def evaluate_ranking(
    query_features: Tensor | npt.ArrayLike,
    gallery_features: Tensor | npt.ArrayLike,
    query_ids: Tensor | npt.ArrayLike,
    gallery_ids: Tensor | npt.ArrayLike,
    query_cameras: Tensor | npt.ArrayLike | None = None,
    gallery_cameras: Tensor | npt.ArrayLike | None = None,
    *,
    query_clothes: Tensor | npt.ArrayLike | None = None,
    gallery_clothes: Tensor | npt.ArrayLike | None = None,
    match_clothes: MatchClothes = "other",
    query_present: npt.ArrayLike | None = None,
    gallery_present: npt.ArrayLike | None = None,
    reranking: Reranking | None = None,
) -> RankingMetrics:
    """Rank the gallery for each query by Euclidean distance and score the ranks of its matches.

    On L2-normalised features the order is that of the cosine similarity. A match has the query's identity. Matches from
    the query's own camera are dropped where cameras are given, and where clothes are given matches in the query's own
    clothes (the cross-clothes filter of LTCC and VC-Clothes) or, if asked for, those in all others. A query without a
    match left is skipped and counted.

    Ties: at equal distance wrong identities are ranked before right ones. A model that maps all images to one point
    thus earns nothing, and the result does not depend on the order of the gallery.

    Absent features: a query or gallery image that has none, because a detector found nothing in it, still counts. The
    query finds nothing, and the gallery image is never found: as a match it stands at no rank, so it adds nothing to
    the average precision of which it is a part, and makes the inverse negative penalty 0.

    Precision: the gallery is ordered by |g|^2 / 2 - q.g, which is the order by distance. Features are taken as they
    are, and compared in float64; in float32, which is twice as fast, where both sets are L2-normalised and in float32
    or less. Equal gallery rows always tie. Different rows at the same distance tie where all sums are exact, as on
    small integers; elsewhere rounding in the last bits decides, of a cosine of 1e-7 in float32.

    Memory: the features are not copied as a whole; a block of keys is held at a time, 256 MB in float32.

    Args:
        query_features: (Q, D), any array or tensor; on a GPU, distances are computed there.
        gallery_features: (G, D).
        query_ids: (Q,) integers or strings.
        gallery_ids: (G,) of the same kind.
        query_cameras: (Q,); for no camera filter leave both out.
        gallery_cameras: (G,).
        query_clothes: (Q,), outfits; for no clothes filter leave both out.
        gallery_clothes: (G,).
        match_clothes: Which matches count where clothes are given: those in `other` clothes than the query's, or those
            in the `same` (Gu et al., CVPR 2022, for LTCC).
        query_present: (Q,) bool, which queries have a feature; all where it is left out.
        gallery_present: (G,) bool. With re-ranking, the rows of absent images are still other images' neighbours.
        reranking: Ranks the gallery by the distances of `rerank` instead, in which the queries help each other. Report
            such results under a name of their own.

    Returns:
        The metrics over all queries that have a match.

    Raises:
        RankingError: An array has another shape than stated, features are not finite, only one of two belonging arrays
            is given, the same clothes are asked for and none are given, or no query has a match.

    Example:
        >>> gallery = [[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]]
        >>> evaluate_ranking([[0.9, 0.0]], gallery, query_ids=[7], gallery_ids=[7, 8, 7]).mAP
        0.5833333333333333
    """
    query, gallery = feature_matrices(query_features, gallery_features)
    identities = _codes(query_ids, gallery_ids, "ids", query, gallery)
    _check_match_clothes(match_clothes, query_clothes is not None or gallery_clothes is not None)
    # The labels, and whether those of a match are the same.
    filters = [
        (*_codes(of_query, of_gallery, name, query, gallery), same_label)
        for name, of_query, of_gallery, same_label in (
            ("cameras", query_cameras, gallery_cameras, False),
            ("clothes", query_clothes, gallery_clothes, match_clothes == "same"),
        )
        if of_query is not None or of_gallery is not None
    ]
    if reranking is None:
        columns = gallery_order(gallery)
        order, blocks = columns.order, sort_keys(query, gallery, columns, _BLOCK)
    else:
        order, blocks = np.arange(len(gallery)), reranked_blocks(query, gallery, reranking)
    absent_query, absent_column = _absent(query_present, query), _absent(gallery_present, gallery)[order]
    same = _SameIdentity(identities[0], identities[1][order])
    scores, absent_queries = [], 0
    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        for rows, keys in blocks:
            row, column = same.pairs(rows)
            kept = np.ones(len(row), dtype=np.bool_)
            for of_query, of_gallery, same_label in filters:
                kept &= (of_query[rows][row] == of_gallery[order[column]]) == same_label
            absent_queries += len(np.unique(row[kept & absent_query[rows][row]]))
            keys[absent_query[rows]] = np.inf
            keys[:, absent_column] = np.inf
            scores.append(_scores(keys, row, column, kept, threads))
    first, precision, penalty = np.concatenate(scores, axis=1)
    if not len(first):
        raise RankingError(
            f"none of the {len(query)} queries has a match among the {len(gallery)} gallery images: "
            "check that both sets share identities and that the camera and clothes filters leave some"
        )
    cmc = np.array([(first <= k).mean() for k in range(1, MAX_RANK + 1)])
    return RankingMetrics(
        cmc,
        float(precision.mean()),
        float(penalty.mean()),
        queries=len(first),
        skipped=len(query) - len(first),
        absent_queries=absent_queries,
        absent_gallery=int(absent_column.sum()),
    )


class _SameIdentity:
    """Finds the gallery images of each query's identity without comparing every query with every image."""

    def __init__(self, of_query: npt.NDArray[np.intp], of_gallery: npt.NDArray[np.intp]) -> None:
        self._columns = np.argsort(of_gallery, kind="stable")
        ordered = of_gallery[self._columns]
        self._starts = np.searchsorted(ordered, of_query, side="left")
        self._counts = np.searchsorted(ordered, of_query, side="right") - self._starts

    def pairs(self, rows: slice) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return row in the block and gallery column of each pair of one identity, row by row."""
        counts = self._counts[rows]
        row = np.repeat(np.arange(len(counts)), counts)
        return row, self._columns[np.repeat(self._starts[rows], counts) + _places(counts)]


def _scores(
    keys: npt.NDArray[np.floating],
    row: npt.NDArray[np.intp],
    column: npt.NDArray[np.intp],
    kept: npt.NDArray[np.bool_],
    threads: ThreadPoolExecutor,
) -> npt.NDArray[np.float64]:
    """Return rank of the first match, average precision and inverse negative penalty of each query with a match.

    Args:
        keys: (Q, G), what the gallery is sorted by, infinite where an image is absent; overwritten.
        row: (N,), queries of the pairs of one identity, ascending.
        column: (N,), gallery images of these pairs.
        kept: (N,), whether the filters leave the pair.
        threads: Sort rows.

    Returns:
        (3, queries with a match).
    """
    of_pairs = keys[row, column]
    # Sorting the wrong identities alone gives the ranks of the matches by binary search; no argsort is needed.
    keys[row, column] = np.inf
    _sort_rows(keys, threads)
    counts = np.bincount(row[kept], minlength=len(keys))
    found = np.flatnonzero(counts)
    counts = counts[found]
    # The matches of each query with one, in a row of their own and in order, filled up with infinity.
    matches = np.full((len(found), counts.max(initial=0)), np.inf, dtype=keys.dtype)
    matches[np.repeat(np.arange(len(found)), counts), _places(counts)] = of_pairs[kept]
    matches.sort(axis=1)
    order = np.arange(1, matches.shape[1] + 1)
    # right=True counts wrong ones at the same distance as ranked before.
    wrong = keys if len(found) == len(keys) else keys[found]
    wrong_before = torch.searchsorted(torch.from_numpy(wrong), torch.from_numpy(matches), right=True).numpy()
    ranks = np.where(np.isfinite(matches), wrong_before + order, np.inf)
    is_match = order <= counts[:, None]
    precision = np.where(is_match, order / ranks, 0).sum(axis=1) / counts
    last = np.take_along_axis(ranks, counts[:, None] - 1, axis=1)[:, 0] if len(found) else counts
    return np.stack([ranks[:, 0] if len(found) else counts, precision, counts / last])


def _sort_rows(keys: npt.NDArray[np.floating], threads: ThreadPoolExecutor) -> None:
    """Sort each row in place; numpy sorts outside the interpreter lock, and faster than torch does."""
    list(threads.map(lambda part: part.sort(axis=1), _split(keys, torch.get_num_threads())))


def _split(keys: npt.NDArray[np.floating], count: int) -> Iterator[npt.NDArray[np.floating]]:
    step = -(-len(keys) // count)
    return (keys[start : start + step] for start in range(0, len(keys), step))


def _check_match_clothes(match_clothes: str, given: bool) -> None:
    if match_clothes not in get_args(MatchClothes):
        raise RankingError(f"match_clothes is {match_clothes!r}, expected {' or '.join(get_args(MatchClothes))}")
    if match_clothes == "same" and not given:
        raise RankingError("matches in the same clothes are asked for: give query_clothes and gallery_clothes")


def _absent(present: npt.ArrayLike | None, features: FeatureMatrix) -> npt.NDArray[np.bool_]:
    if present is None:
        return np.zeros(len(features), dtype=np.bool_)
    absent = ~np.asarray(present, dtype=np.bool_)
    if absent.shape != (len(features),):
        raise RankingError(f"the list of present images has shape {absent.shape}, expected ({len(features)},)")
    return absent


def _places(counts: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return 0, 1, ..., n - 1 for each count n, one after the other."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def _codes(
    of_query: Tensor | npt.ArrayLike | None,
    of_gallery: Tensor | npt.ArrayLike | None,
    name: str,
    query: FeatureMatrix,
    gallery: FeatureMatrix,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return labels of any kind as integers, equal where the labels are."""
    if of_query is None or of_gallery is None:
        missing = "query" if of_query is None else "gallery"
        raise RankingError(f"{missing}_{name} are missing: give {name} for both query and gallery, or for neither")
    labels = []
    for side, values, features in (("query", of_query, query), ("gallery", of_gallery, gallery)):
        array = values.cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
        if array.shape != (len(features),):
            raise RankingError(f"{side}_{name} have shape {array.shape}, expected ({len(features)},) for the features")
        labels.append(array)
    if (labels[0].dtype.kind in "US") != (labels[1].dtype.kind in "US"):
        raise RankingError(
            f"query_{name} are {labels[0].dtype} and gallery_{name} {labels[1].dtype}: "
            "give both as integers or both as strings"
        )
    codes = np.unique(np.concatenate(labels), return_inverse=True)[1]
    return codes[: len(query)], codes[len(query) :]
