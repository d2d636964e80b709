"""Evaluation as its definitions read, in plain Python: the judge of the fast one."""

import math
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
    absent_queries: int


def rank_plainly(
    query_features: Sequence[Sequence[float]],
    gallery_features: Sequence[Sequence[float]],
    query_labels: Sequence[tuple[Any, Any, Any]],
    gallery_labels: Sequence[tuple[Any, Any, Any]],
    query_present: Sequence[bool] | None = None,
    gallery_present: Sequence[bool] | None = None,
    match_clothes: str = "other",
) -> PlainMetrics | None:
    """Evaluate exactly, in fractions; labels are (identity, camera, clothes), where None filters nothing.

    A match wears other clothes than the query, or the same.

    Where one of a query and a match is not present, the match has no rank; all are where the lists are left out.

    Returns None where no query has a match.
    """
    query_present = query_present or [True] * len(query_labels)
    gallery_present = gallery_present or [True] * len(gallery_labels)
    first_hits, precisions, penalties, skipped, absent = [], [], [], 0, 0
    for feature, (identity, camera, clothes), present in zip(query_features, query_labels, query_present, strict=True):
        candidates, unranked = [], 0
        for other, (other_identity, other_camera, other_clothes), other_present in zip(
            gallery_features, gallery_labels, gallery_present, strict=True
        ):
            right = other_identity == identity
            if right and camera is not None and other_camera == camera:
                continue
            if right and clothes is not None and match_clothes == "other" and other_clothes == clothes:
                continue
            if right and clothes is not None and match_clothes == "same" and other_clothes != clothes:
                continue
            if not (present and other_present):
                unranked += right
                continue
            squared = sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(feature, other, strict=True))
            candidates.append((squared, right))
        candidates.sort()  # False before True: at equal distance the wrong identity comes first
        hits = [rank for rank, (_, right) in enumerate(candidates, start=1) if right]
        matches = len(hits) + unranked
        if not matches:
            skipped += 1
            continue
        absent += not present
        first_hits.append(hits[0] if hits else math.inf)
        precisions.append(sum(Fraction(count, rank) for count, rank in enumerate(hits, start=1)) / Fraction(matches))
        penalties.append(Fraction(0) if unranked else Fraction(matches, hits[-1]))
    count = len(first_hits)
    if not count:
        return None
    return PlainMetrics(
        cmc=[sum(hit <= k for hit in first_hits) / count for k in range(1, 51)],
        mean_average_precision=float(sum(precisions) / count),
        mean_inverse_penalty=float(sum(penalties) / count),
        queries=count,
        skipped=skipped,
        absent_queries=absent,
    )
