"""Rank-1 accuracy by the angle that a query is seen from, so that a loss of the face shows."""

import math
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np

from ccreid.errors import BadValueError
from ccreid.evaluation.features import Features, evaluate_features

ViewingAngle = Literal["front", "side", "back"]

VIEWING_ANGLES: Final[Mapping[ViewingAngle, float]] = {"front": 0.0, "side": math.pi / 2, "back": math.pi}
"""The middle of each viewing angle, as |azimuth| in radians."""


def viewing_angle(azimuth: float) -> ViewingAngle:
    """Return the viewing angle of an azimuth in radians, 0 from the front: a quarter of the circle each, two the side.

    The front is up to pi/4, the back from 3 pi/4 on.

    >>> viewing_angle(-math.pi / 2)
    'side'
    """
    turned = abs(math.remainder(azimuth, 2 * math.pi))
    if turned < math.pi / 4:
        return "front"
    return "back" if turned > 3 * math.pi / 4 else "side"


def rank1_by_angle(query: Features, gallery: Features, azimuths: Sequence[float]) -> dict[ViewingAngle, float]:
    """Return the rank-1 accuracy, 0..1, across clothes in the whole gallery, of the queries of each viewing angle.

    Args:
        query: Images in other clothes.
        gallery: Images to search, seen from all angles.
        azimuths: From where each query is seen, in radians.

    Returns:
        By viewing angle; one that no query is of is left out.

    Raises:
        RankingError: See `evaluate_ranking`.
        BadValueError: There is not one azimuth a query.
    """
    if len(azimuths) != len(query):
        raise BadValueError(f"there are {len(azimuths)} azimuths for {len(query)} queries, expected one each")
    angles = np.array([viewing_angle(azimuth) for azimuth in azimuths])
    chosen = {angle: np.flatnonzero(angles == angle) for angle in VIEWING_ANGLES}
    return {angle: evaluate_features(query.take(rows), gallery).rank(1) for angle, rows in chosen.items() if len(rows)}
