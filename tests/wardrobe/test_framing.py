"""Detectors' boxes."""

import numpy as np
import pytest

from ccreid.wardrobe.camera import CAMERAS
from ccreid.wardrobe.framing import frame_person


def _box(seed: int) -> tuple[float, float, float]:
    """Return the share of the height that a person of 0.5 by 1.75 metres fills, their middle, and the aspect."""
    rng = np.random.default_rng(seed)
    person = rng.uniform((-0.25, 5.9, 0.0), (0.25, 6.1, 1.75), (400, 3))
    view, width = frame_person(CAMERAS["A"], person, 128, rng)
    seen = view.project(person)
    return np.ptp(seen[:, 1]) / 128, seen[:, 0].mean() / width, width / 128


def test_boxes_are_tight_and_loose_narrow_and_wide() -> None:
    filled, middle, aspect = np.array([_box(seed) for seed in range(200)]).T
    assert filled.min() < 0.8
    assert filled.max() > 1.05
    assert 0.15 < (filled > 0.98).mean() < 0.45
    assert np.abs(middle - 0.5).max() < 0.25
    assert aspect.min() < 0.38
    assert aspect.max() > 0.48


@pytest.mark.parametrize("seed", range(5))
def test_a_box_widens_for_someone_who_spreads(seed: int) -> None:
    rng = np.random.default_rng(seed)
    person = rng.uniform((-0.6, 5.9, 0.0), (0.6, 6.1, 1.75), (400, 3))
    view, width = frame_person(CAMERAS["B"], person, 128, rng)
    assert width >= 0.84 * np.ptp(view.project(person)[:, 0])
