"""Who of a crowd walks where."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccreid.wardrobe.crowd import SITES, Crowd, Walk, plan_crowd_walks, stroll
from ccreid.wardrobe.identity import sample_identity


def _plan(crowd: Crowd, identity: int, seed: int = 0) -> list[Walk]:
    return plan_crowd_walks(crowd, identity, np.random.default_rng(seed))


@pytest.mark.parametrize(("people", "test"), [(2, 1), (9, 1), (25, 5), (499, 99), (5000, 100)])
def test_a_fifth_of_the_people_and_at_most_a_hundred_are_for_testing(people: int, test: int) -> None:
    crowd = Crowd(people, 4, 2)
    assert (crowd.train_people, crowd.test_people) == (people - test, test)


@given(st.integers(2, 9), st.integers(0, 99))
def test_a_training_person_is_seen_in_each_outfit_before_two_cameras(outfits: int, seed: int) -> None:
    cameras = defaultdict(set)
    for walk in _plan(Crowd(10, outfits, 2), 1, seed):
        cameras[walk.outfit].add(walk.camera)
        assert 0 <= walk.site < SITES
    assert set(cameras) == set(range(1, outfits + 1))
    assert all(len(seen) == 2 for seen in cameras.values())


def test_every_camera_sees_every_number_of_an_outfit() -> None:
    crowd = Crowd(200, 3, 2)
    seen = {(walk.camera, walk.outfit) for identity in range(1, 161) for walk in _plan(crowd, identity, identity)}
    assert len(seen) == 6 * 3


def test_a_test_person_wears_the_first_outfit_before_a_and_b_and_all_others_before_c() -> None:
    walks = _plan(Crowd(10, 4, 2), 10)
    assert {walk.outfit for walk in walks if walk.camera in "AB"} == {1}
    assert {walk.outfit for walk in walks if walk.camera == "C"} == {2, 3, 4}


@given(st.integers(2, 5), st.integers(1, 10), st.integers(0, 99))
def test_walks_before_one_camera_are_numbered_one_after_the_other(outfits: int, identity: int, seed: int) -> None:
    numbers = defaultdict(list)
    for walk in _plan(Crowd(10, outfits, 2), identity, seed):
        numbers[walk.camera].append(walk.number)
    assert all(values == list(range(len(values))) for values in numbers.values())


@given(st.integers(1, 9), st.floats(-np.pi, np.pi), st.integers(0, 99))
def test_a_walk_begins_as_it_is_to_be_seen_and_stays_in_its_place(frames: int, azimuth: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = stroll(Walk(2, "A", 3, 7), frames, azimuth, sample_identity(rng).gait, rng)
    assert len(steps) == frames
    away = (steps[0].stand.azimuth - azimuth + np.pi) % (2 * np.pi) - np.pi
    assert abs(away) < 1e-6
    for step in steps:
        assert (step.outfit, step.walk, step.place) == (2, 3, 7)
        assert abs(step.stand.x) <= 1.7
        assert 4.6 <= step.stand.y <= 9


def test_the_counts_are_those_of_a_preset() -> None:
    settings = Crowd(20, 3, 5).settings()
    assert (settings["train_identities"], settings["test_identities"]) == (16, 4)
    assert settings["train_images"] == 16 * 3 * 2 * 5
