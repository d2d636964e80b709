"""CMC, mAP and mINP of a ranked gallery, exact and with one rule for ties."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

MAX_RANK = 50
"""Length of the CMC curve."""

# Distances that are held at a time: 64 MB of float64.
_BLOCK = 8_000_000


class RankingError(ValueError):
    """Features or labels cannot be evaluated; the message names the array and what is wrong with it."""


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
    """

    cmc: npt.NDArray[np.float64]
    mAP: float  # noqa: N815  # the metric's name
    mINP: float  # noqa: N815
    queries: int
    skipped: int

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
) -> RankingMetrics:
    """Rank the gallery for each query by Euclidean distance and score the ranks of its matches.

    On L2-normalised features the order is that of the cosine similarity. A match has the query's identity. Matches from
    the query's own camera are dropped where cameras are given, and matches in the query's own clothes where clothes are
    given (the cross-clothes filter of LTCC and VC-Clothes). A query without a match left is skipped and counted.

    Ties: at equal distance wrong identities are ranked before right ones. A model that maps all images to one point
    thus earns nothing, and the result does not depend on the order of the gallery.

    Precision: the features are taken as they are, in float64, and the gallery is ordered by |g|^2 / 2 - q.g, which is
    the order by distance. Equal gallery rows always tie. Different rows at the same distance tie where all sums are
    exact, as on small integers; elsewhere rounding in the last bits of float64 decides.

    Args:
        query_features: (Q, D), any array or tensor; on a GPU, distances are computed there.
        gallery_features: (G, D).
        query_ids: (Q,) integers or strings.
        gallery_ids: (G,) of the same kind.
        query_cameras: (Q,); for no camera filter leave both out.
        gallery_cameras: (G,).
        query_clothes: (Q,), outfits; for no clothes filter leave both out.
        gallery_clothes: (G,).

    Returns:
        The metrics over all queries that have a match.

    Raises:
        RankingError: An array has another shape than stated, features are not finite, only one of two belonging arrays
            is given, or no query has a match.

    Example:
        >>> gallery = [[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]]
        >>> evaluate_ranking([[0.9, 0.0]], gallery, query_ids=[7], gallery_ids=[7, 8, 7]).mAP
        0.5833333333333333
    """
    query, gallery = _matrix(query_features, "query_features"), _matrix(gallery_features, "gallery_features")
    if query.shape[1] != gallery.shape[1]:
        raise RankingError(
            f"query_features have {query.shape[1]} columns and gallery_features {gallery.shape[1]}: "
            "extract both with one model"
        )
    identities = _codes(query_ids, gallery_ids, "ids", query, gallery)
    filters = [
        _codes(of_query, of_gallery, name, query, gallery)
        for name, of_query, of_gallery in (
            ("cameras", query_cameras, gallery_cameras),
            ("clothes", query_clothes, gallery_clothes),
        )
        if of_query is not None or of_gallery is not None
    ]
    scores: list[tuple[float, float, float]] = []
    for rows, keys in _sort_keys(query, gallery, _device(query_features, gallery_features)):
        same = identities[0][rows, None] == identities[1]
        matches = same.copy()
        for of_query, of_gallery in filters:
            matches &= of_query[rows, None] != of_gallery
        scores += _scores(keys, same, matches)
    if not scores:
        raise RankingError(
            f"none of the {len(query)} queries has a match among the {len(gallery)} gallery images: "
            "check that both sets share identities and that the camera and clothes filters leave some"
        )
    first, precision, penalty = np.array(scores).T
    cmc = np.array([(first <= k).mean() for k in range(1, MAX_RANK + 1)])
    return RankingMetrics(cmc, float(precision.mean()), float(penalty.mean()), len(scores), len(query) - len(scores))


def _scores(
    keys: npt.NDArray[np.float64], same: npt.NDArray[np.bool_], matches: npt.NDArray[np.bool_]
) -> list[tuple[float, float, float]]:
    """Return rank of the first match, average precision and inverse negative penalty of each query with a match.

    Args:
        keys: (Q, G), what the gallery is sorted by.
        same: (Q, G), whether the identity is the query's.
        matches: (Q, G), `same` without what the filters drop.
    """
    # Sorting the wrong identities alone gives the ranks of the matches by binary search; no argsort is needed.
    wrong = np.where(same, np.inf, keys)
    wrong.sort(axis=1)
    scores = []
    for row in np.flatnonzero(matches.any(axis=1)):
        found = np.sort(keys[row, matches[row]])
        order = np.arange(1, len(found) + 1)
        # side="right" counts wrong ones at the same distance as ranked before.
        ranks = np.searchsorted(wrong[row], found, side="right") + order
        scores.append((float(ranks[0]), float((order / ranks).mean()), float(len(found) / ranks[-1])))
    return scores


def _sort_keys(
    query: npt.NDArray[np.float64], gallery: npt.NDArray[np.float64], device: torch.device
) -> Iterator[tuple[slice, npt.NDArray[np.float64]]]:
    """Yield blocks of queries with their keys (rows, G), which order the gallery as the distance does."""
    # A matrix product may round equal columns differently, so each distinct row is multiplied once. Sorted distinct
    # rows also make the rounding independent of the gallery's order.
    distinct, inverse = _distinct_rows(gallery)
    columns = torch.from_numpy(distinct).to(device)
    half_squares = columns.square().sum(1) / 2
    rows_in_block = max(1, _BLOCK // len(gallery))
    for start in range(0, len(query), rows_in_block):
        rows = slice(start, min(start + rows_in_block, len(query)))
        keys = half_squares - torch.from_numpy(query[rows]).to(device) @ columns.T
        yield rows, keys.cpu().numpy()[:, inverse]


def _distinct_rows(matrix: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """Return the distinct rows in a fixed order, and for each row its place among them."""
    whole_rows = np.ascontiguousarray(matrix).view(np.dtype((np.void, matrix.itemsize * matrix.shape[1]))).ravel()
    _, first, inverse = np.unique(whole_rows, return_index=True, return_inverse=True)
    return matrix[first], inverse


def _matrix(features: Tensor | npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    if isinstance(features, Tensor):
        features = features.detach().cpu().double().numpy()
    # Adding 0 copies, and turns -0 to 0, so that equal rows are equal byte by byte.
    matrix: npt.NDArray[np.float64] = np.asarray(features, dtype=np.float64) + 0.0
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise RankingError(f"{name} have shape {matrix.shape}, expected (images, dimensions), at least one of each")
    broken = int((~np.isfinite(matrix)).any(axis=1).sum())
    if broken:
        raise RankingError(
            f"{name} have NaN or infinite values in {broken} of {len(matrix)} rows: "
            "check that the training did not diverge"
        )
    return matrix


def _codes(
    of_query: Tensor | npt.ArrayLike | None,
    of_gallery: Tensor | npt.ArrayLike | None,
    name: str,
    query: npt.NDArray[np.float64],
    gallery: npt.NDArray[np.float64],
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


def _device(*features: Tensor | npt.ArrayLike) -> torch.device:
    """Return the GPU that features are on, if any; only CUDA devices compute in float64."""
    for tensor in features:
        if isinstance(tensor, Tensor) and tensor.device.type == "cuda":
            return tensor.device
    return torch.device("cpu")
