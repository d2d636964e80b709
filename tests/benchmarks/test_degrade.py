import math

import numpy as np
import pytest
from benchmarks.load_script import load_script
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ccreid.parts import CLOTHES, Part

degrade = load_script("degrade")
erode_clothes, flip_labels, shift = degrade.erode_clothes, degrade.flip_labels, degrade.shift

sizes = st.integers(1, 12)
seeds = st.integers(0, 2**31)


def _map(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Blocks of 3x3 pixels, so that something is left of eroded clothes."""
    blocks = np.random.default_rng(seed).integers(0, 6, (-(-height // 3), -(-width // 3)), dtype=np.uint8)
    return blocks.repeat(3, 0).repeat(3, 1)[:height, :width]


def erode_by_loops(parts: NDArray[np.uint8], pixels: int) -> NDArray[np.uint8]:
    height, width = parts.shape
    eroded = parts.copy()
    for y in range(height):
        for x in range(width):
            around = {
                int(parts[min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1)])
                for dy in range(-pixels, pixels + 1)
                for dx in range(-pixels, pixels + 1)
            }
            if parts[y, x] in CLOTHES and around != {int(parts[y, x])}:
                eroded[y, x] = Part.BACKGROUND
    return eroded


@given(sizes, sizes, st.integers(0, 3), seeds)
@settings(max_examples=60)
def test_clothes_are_eroded_as_pixel_by_pixel(height: int, width: int, pixels: int, seed: int) -> None:
    parts = _map(height, width, seed)
    before = parts.copy()
    assert np.array_equal(erode_clothes(parts, pixels), erode_by_loops(parts, pixels))
    assert np.array_equal(parts, before)


@given(sizes, sizes, st.integers(0, 15), seeds)
@settings(max_examples=60)
def test_every_pixel_of_a_shifted_map_comes_from_one_place_beside_it_or_is_background(
    height: int, width: int, pixels: int, seed: int
) -> None:
    parts = _map(height, width, seed)
    moved = shift(parts, pixels, np.random.default_rng(seed))
    direction = np.random.default_rng(seed).uniform(0, 2 * math.pi)
    down, right = round(pixels * math.sin(direction)), round(pixels * math.cos(direction))
    for y in range(height):
        for x in range(width):
            inside = 0 <= y - down < height and 0 <= x - right < width
            assert moved[y, x] == (parts[y - down, x - right] if inside else Part.BACKGROUND)


def test_shifts_go_everywhere_and_as_far_as_asked() -> None:
    parts = np.zeros((41, 41), np.uint8)
    parts[20, 20] = 1
    random = np.random.default_rng(0)
    places = np.array([np.argwhere(shift(parts, 8, random) == 1)[0] - 20 for _ in range(400)])
    lengths = np.hypot(*places.T)
    assert np.abs(lengths - 8).max() < 1
    assert np.abs(places.mean(0)).max() < 1.2


@given(sizes, sizes, st.floats(0, 1), seeds)
@settings(max_examples=60)
def test_as_many_labels_are_flipped_as_asked(height: int, width: int, share: float, seed: int) -> None:
    parts = _map(height, width, seed)
    before = parts.copy()
    flipped = flip_labels(parts, share, np.random.default_rng(seed))
    assert (flipped != parts).sum() == round(share * parts.size)
    assert flipped.max() < len(Part)
    assert np.array_equal(parts, before)


def test_a_flipped_label_becomes_any_other() -> None:
    flipped = flip_labels(np.full((100, 100), 2, np.uint8), 1.0, np.random.default_rng(0))
    counts = np.bincount(flipped.ravel(), minlength=6)
    assert counts[2] == 0
    # Five standard deviations.
    assert np.abs(np.delete(counts, 2) - 2000).max() < 5 * math.sqrt(10000 * 0.2 * 0.8)


def test_values_out_of_range_are_refused() -> None:
    parts, random = np.zeros((2, 2), np.uint8), np.random.default_rng(0)
    with pytest.raises(ValueError, match="by -1 pixels"):
        erode_clothes(parts, -1)
    with pytest.raises(ValueError, match="by -2 pixels"):
        shift(parts, -2, random)
    with pytest.raises(ValueError, match=r"is 1\.5, expected"):
        flip_labels(parts, 1.5, random)
