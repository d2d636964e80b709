"""Evaluation as its definitions read, in plain Python: the judge of the fast one."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass
class PlainMetrics:
    cmc: list[float]
    mean_average_precision: float
    mean_inverse_penalty: float
    queries: int
    skipped: int


def rank_plainly(
    query_features: Sequence[Sequence[float]],
    gallery_features: Sequence[Sequence[float]],
    query_labels: Sequence[tuple[Any, Any, Any]],
    gallery_labels: Sequence[tuple[Any, Any, Any]],
) -> PlainMetrics | None:
    """Evaluate exactly, in fractions; labels are (identity, camera, clothes), where None filters nothing.

    Returns None where no query has a match.
    """
    first_hits, precisions, penalties, skipped = [], [], [], 0
    for feature, (identity, camera, clothes) in zip(query_features, query_labels, strict=True):
        candidates = []
        for other, (other_identity, other_camera, other_clothes) in zip(gallery_features, gallery_labels, strict=True):
            right = other_identity == identity
            if right and camera is not None and other_camera == camera:
                continue
            if right and clothes is not None and other_clothes == clothes:
                continue
            squared = sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(feature, other, strict=True))
            candidates.append((squared, right))
        candidates.sort()  # False before True: at equal distance the wrong identity comes first
        hits = [rank for rank, (_, right) in enumerate(candidates, start=1) if right]
        if not hits:
            skipped += 1
            continue
        first_hits.append(hits[0])
        precisions.append(sum(Fraction(count, rank) for count, rank in enumerate(hits, start=1)) / len(hits))
        penalties.append(Fraction(len(hits), hits[-1]))
    count = len(first_hits)
    if not count:
        return None
    return PlainMetrics(
        cmc=[sum(hit <= k for hit in first_hits) / count for k in range(1, 51)],
        mean_average_precision=float(sum(precisions) / count),
        mean_inverse_penalty=float(sum(penalties) / count),
        queries=count,
        skipped=skipped,
    )
