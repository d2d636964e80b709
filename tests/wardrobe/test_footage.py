"""What footage makes of light."""

from dataclasses import replace

import numpy as np

from ccreid.wardrobe.camera import CAMERAS
from ccreid.wardrobe.footage import Footage, develop, sample_footage

PLAIN = Footage(gamma=1.0, haze=0.0, saturation=1.0, pixels=500.0, quality=95)
STILL = replace(CAMERAS["A"], noise=0.0)


def _light(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((96, 40, 3), dtype=np.float32) ** 2


def _develop(light: np.ndarray, footage: Footage = PLAIN) -> np.ndarray:
    return develop(light, STILL, footage, 128, 64, np.random.default_rng(0)).astype(float)


def test_the_picture_has_the_size_that_is_asked_for() -> None:
    assert _develop(_light()).shape == (128, 64, 3)


def test_a_dark_scene_is_exposed_longer() -> None:
    light = _light()
    assert abs(_develop(light / 8).mean() - _develop(light).mean()) < 45


def test_fewer_pixels_leave_less_detail() -> None:
    light = _light()
    assert _develop(light, replace(PLAIN, pixels=48.0)).std() < 0.8 * _develop(light).std()


def test_haze_lightens_black_and_saturation_takes_colours() -> None:
    light = _light()
    light[:, :20] = 0.0
    assert _develop(light, replace(PLAIN, haze=0.3))[:, :24].mean() > _develop(light)[:, :24].mean() + 50
    grey = _develop(light, replace(PLAIN, saturation=0.0))
    assert np.abs(grey - grey.mean(axis=2, keepdims=True)).mean() < 4


def test_recorders_differ() -> None:
    rng = np.random.default_rng(0)
    pixels = [sample_footage(rng).pixels for _ in range(100)]
    assert min(pixels) < 85
    assert max(pixels) > 200
