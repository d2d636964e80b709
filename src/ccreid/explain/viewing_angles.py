"""Rank-1 accuracy by the angle that a query is seen from, so that a loss of the face shows."""

import math
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np

from ccreid.errors import BadValueError
from ccreid.evaluation.features import Features, evaluate_features

View = Literal["front", "side", "back"]

VIEWS: Final[Mapping[View, float]] = {"front": 0.0, "side": math.pi / 2, "back": math.pi}
"""The angle, as |azimuth| in radians, in the middle of each view."""


def view_of(azimuth: float) -> View:
    """Return the view of an azimuth in radians, 0 from the front: a quarter of the circle each, the side has two.

    The front is up to pi/4, the back from 3 pi/4 on.
    """
    turned = abs(math.remainder(azimuth, 2 * math.pi))
    if turned < math.pi / 4:
        return "front"
    return "back" if turned > 3 * math.pi / 4 else "side"


def rank1_by_view(query: Features, gallery: Features, azimuths: Sequence[float]) -> dict[View, float]:
    """Return the rank-1 accuracy, 0..1, across clothes in the whole gallery, of the queries of each view.

    Args:
        query: Images in other clothes.
        gallery: Images to search, of all views.
        azimuths: From where each query is seen, in radians.

    Returns:
        By view; a view that no query is of is left out.

    Raises:
        RankingError: See `evaluate_ranking`.
        ValueError: There is not one azimuth a query.
    """
    if len(azimuths) != len(query):
        raise BadValueError(f"there are {len(azimuths)} azimuths for {len(query)} queries, expected one each")
    views = np.array([view_of(azimuth) for azimuth in azimuths])
    chosen = {view: np.flatnonzero(views == view) for view in VIEWS}
    return {view: evaluate_features(query.take(rows), gallery).rank(1) for view, rows in chosen.items() if len(rows)}
