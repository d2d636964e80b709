import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccreid.evaluation import Features
from ccreid.explain.viewing_angles import VIEWING_ANGLES, rank1_by_angle, viewing_angle


@pytest.mark.parametrize(
    ("degrees", "angle"),
    [
        *((degrees, "front") for degrees in (0, 44, -44, 359)),
        *((degrees, "side") for degrees in (46, 90, -90, 134, -270)),
        *((degrees, "back") for degrees in (136, -136, 180, -180)),
    ],
)
def test_a_quarter_of_the_circle_is_the_front_and_one_the_back(degrees: float, angle: str) -> None:
    assert viewing_angle(math.radians(degrees)) == angle


@given(st.floats(-math.pi, math.pi), st.integers(-3, 3))
def test_left_and_right_and_whole_turns_make_no_difference(azimuth: float, turns: int) -> None:
    if min(abs(abs(azimuth) - edge) for edge in (math.pi / 4, 3 * math.pi / 4)) > 1e-9:
        assert viewing_angle(azimuth) == viewing_angle(-azimuth) == viewing_angle(azimuth + 2 * math.pi * turns)


def test_the_middle_of_an_angle_is_of_it() -> None:
    assert all(viewing_angle(middle) == angle for angle, middle in VIEWING_ANGLES.items())


def _features(values: list[float], identities: list[int], camera: str) -> Features:
    angles = np.array(values)
    return Features(
        np.stack([np.cos(angles), np.sin(angles)], axis=1), np.array(identities), np.array([camera] * len(values))
    )


def test_each_angle_counts_its_own_queries() -> None:
    gallery = _features([0.0, 1.0], [1, 2], "A")
    # Two frontal queries, one of them wrong, and one right from the side; nobody from behind.
    query = _features([0.1, 0.1, 0.9], [1, 2, 2], "C")
    assert rank1_by_angle(query, gallery, [0.0, 0.2, -1.5]) == {"front": 0.5, "side": 1.0}


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 3), st.floats(-3.1, 3.1)), min_size=1, max_size=12))
@settings(max_examples=30)
def test_the_angles_add_up_to_all_queries(queries: list[tuple[float, int, float]]) -> None:
    gallery = _features([0.0, 1.0, 2.0], [1, 2, 3], "A")
    query = _features([place for place, _, _ in queries], [identity for _, identity, _ in queries], "C")
    azimuths = [azimuth for _, _, azimuth in queries]
    similar = query.features @ gallery.features.T
    right = gallery.identities[similar.argmax(axis=1)] == query.identities
    close = np.sort(similar, axis=1)
    if (close[:, -1] - close[:, -2] > 1e-6).all():
        accuracy = rank1_by_angle(query, gallery, azimuths)
        counted = sum(
            accuracy.get(angle, 0) * sum(viewing_angle(azimuth) == angle for azimuth in azimuths)
            for angle in VIEWING_ANGLES
        )
        assert counted == pytest.approx(right.sum())


def test_a_query_in_which_nothing_was_found_is_a_miss_of_its_angle() -> None:
    gallery = Features(np.eye(2)[:1], np.array([1]), np.array(["A"]))
    query = Features(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([1, 1]), np.array(["C", "C"]))
    assert rank1_by_angle(query, gallery, [0.0, 0.1]) == {"front": 0.5}


def test_a_query_without_an_azimuth_is_refused() -> None:
    gallery = _features([0.0], [1], "A")
    with pytest.raises(ValueError, match="1 azimuths for 2 queries"):
        rank1_by_angle(_features([0.0, 0.1], [1, 1], "C"), gallery, [0.0])
