"""Backdrops, and how they are looked at."""

import numpy as np
import pytest

from ccreid.wardrobe.scenery import PER_METRE, paint_backdrop


@pytest.mark.parametrize("outdoors", [True, False])
def test_backdrops_are_busy_and_differ(outdoors: bool) -> None:
    first, second = (paint_backdrop(np.random.default_rng(seed), outdoors=outdoors) for seed in range(2))
    assert first.shape == second.shape == (160, 520, 3)
    assert first.dtype == np.uint8
    assert first.std() > 15
    assert np.abs(first.astype(float) - second).mean() > 15


def test_the_same_draws_give_the_same_backdrop() -> None:
    one, two = (paint_backdrop(np.random.default_rng(3), outdoors=True) for _ in range(2))
    assert np.array_equal(one, two)


@pytest.mark.slow
def test_a_backdrop_is_read_at_its_pixels_and_mirrored_beside_it() -> None:
    from ccreid.wardrobe.background import _look_up

    backdrop = np.random.default_rng(0).integers(0, 256, (160, 520, 3), dtype=np.uint8)
    colour = np.empty(3)
    for column, row in ((0, 0), (7, 31), (500, 150)):
        expected = (backdrop[row, column] / 255) ** 2.2
        for along in (column, -column, 2 * 519 - column):
            _look_up(backdrop, along / PER_METRE, (159 - row) / PER_METRE, colour)
            assert np.abs(colour - expected).max() < 1e-3
    _look_up(backdrop, 7 / PER_METRE, 9.0, colour)
    assert np.abs(colour - (backdrop[0, 7] / 255) ** 2.2).max() < 1e-3
