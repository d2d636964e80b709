from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ccreid.wardrobe.identity import sample_identity
from ccreid.wardrobe.walk import Step, plan_walks


def _plan(frames: int, outfits: tuple[int, ...] = (1,), seed: int = 0) -> list[Step]:
    rng = np.random.default_rng(seed)
    return plan_walks(frames, outfits, 4, sample_identity(rng).gait, rng)


@given(st.integers(1, 80), st.integers(1, 3), st.integers(0, 99))
def test_every_frame_has_a_step_in_the_order_of_walks(frames: int, outfits: int, seed: int) -> None:
    steps = _plan(frames, tuple(range(1, outfits + 1)), seed)
    assert len(steps) == frames
    assert [step.walk for step in steps] == sorted(step.walk for step in steps)
    assert all(5.9 - 1.5 <= step.stand.y <= 9 and abs(step.stand.x) <= 1.7 for step in steps)


@given(st.integers(0, 99))
def test_front_side_and_back_are_seen(seed: int) -> None:
    azimuths = np.abs([step.stand.azimuth for step in _plan(9, seed=seed)])
    assert (azimuths < 0.9).any()
    assert (azimuths > np.pi - 0.9).any()
    assert ((azimuths > 0.6) & (azimuths < np.pi - 0.6)).any()


@given(st.integers(6, 60), st.integers(0, 99))
def test_consecutive_frames_of_a_walk_share_its_phase_order(frames: int, seed: int) -> None:
    steps = _plan(frames, seed=seed)
    for before, after in pairwise(steps):
        if before.walk == after.walk:
            advance = (after.phase - before.phase) % (2 * np.pi)
            assert 2 * np.pi / 14 - 1e-6 <= advance <= 2 * np.pi / 8 + 1e-6
            assert before.outfit == after.outfit
            assert before.place == after.place


def test_each_outfit_gets_its_share() -> None:
    steps = _plan(11, (2, 3))
    assert [sum(step.outfit == outfit for step in steps) for outfit in (2, 3)] == [6, 5]
