"""What is behind people on a street or in a shop: a painted backdrop of houses, trees, cars, shelves and passers-by."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from ccreid.wardrobe.colours import Colour, colour_from, sample_cloth, shade

PER_METRE: Final = 40
"""Pixels of a backdrop in a metre."""

_HEIGHT, _WIDTH = 4 * PER_METRE, 13 * PER_METRE

Picture = NDArray[np.float32]


def paint_backdrop(rng: np.random.Generator, *, outdoors: bool) -> NDArray[np.uint8]:
    """Return a backdrop of 13 by 4 metres, uint8 sRGB (160, 520, 3), the floor's edge at the bottom.

    Args:
        rng: Draws everything.
        outdoors: A street, rather than a shop or a station.
    """
    top, bottom = _dull(rng, 0.25, 0.95), _dull(rng, 0.2, 0.8)
    rows = np.linspace(0, 1, _HEIGHT, dtype=np.float32)[:, None, None]
    picture = np.empty((_HEIGHT, _WIDTH, 3), dtype=np.float32)
    picture[:] = np.array(top) * (1 - rows) + np.array(bottom) * rows
    painters: tuple[tuple[Callable[[Picture, np.random.Generator], None], int, int], ...]
    if outdoors:
        painters = ((_house, 1, 5), (_tree, 0, 7), (_pole, 0, 5), (_car, 0, 4), (_railing, 0, 2), (_passer_by, 0, 6))
    else:
        painters = ((_house, 0, 3), (_shelf, 0, 4), (_sign, 0, 6), (_pole, 0, 6), (_railing, 0, 2), (_passer_by, 0, 6))
    for painter, least, most in painters:
        for _ in range(int(rng.integers(least, most + 1))):
            painter(picture, rng)
    picture *= 0.75 + 0.5 * _noise(rng, int(rng.integers(3, 9)))[:, :, None]
    picture *= 0.92 + 0.16 * rng.random((_HEIGHT, _WIDTH, 1), dtype=np.float32)
    image = Image.fromarray((picture.clip(0, 1) * 255).astype(np.uint8))
    # Far from what the lens is sharp for.
    return np.array(image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 3.5)))))


def _house(picture: Picture, rng: np.random.Generator) -> None:
    wide, tall = _metres(rng, 2, 8), _metres(rng, 2, 4.2)
    left = _left(rng, wide)
    wall = _dull(rng, 0.2, 0.85)
    _fill(picture, left, wide, 0, tall, wall)
    step, pane = _metres(rng, 0.5, 1.6), _dull(rng, 0.05, 0.9)
    across, up = int(step * rng.uniform(0.4, 0.85)), int(step * rng.uniform(0.4, 0.85))
    for x in range(left + step // 3, left + wide - across, step):
        for y in range(int(rng.integers(0, step)), tall - up, step):
            _fill(picture, x, across, y, up, shade(pane, rng.uniform(0.7, 1.2)))


def _tree(picture: Picture, rng: np.random.Generator) -> None:
    wide, tall, low = _metres(rng, 0.6, 4), _metres(rng, 0.5, 3), _metres(rng, 0, 2)
    left = _left(rng, wide)
    if low > 0.3 * PER_METRE:
        _fill(picture, left + wide // 2 - 3, 6, 0, low, shade((0.35, 0.28, 0.2), rng.uniform(0.4, 1.0)))
    x, y = np.arange(_WIDTH), _HEIGHT - 1 - np.arange(_HEIGHT)[:, None]
    inside = ((x - left - wide / 2) / (wide / 2)) ** 2 + ((y - low - tall / 2) / (tall / 2)) ** 2
    leaves = inside + 0.8 * _noise(rng, 24) < 1.2
    colour = colour_from(rng.uniform(0.17, 0.38), rng.uniform(0.15, 0.55), rng.uniform(0.15, 0.6))
    light = 0.5 + rng.random((_HEIGHT, _WIDTH), dtype=np.float32)
    picture[leaves] = np.array(colour, dtype=np.float32) * light[leaves, None]


def _pole(picture: Picture, rng: np.random.Generator) -> None:
    wide = _metres(rng, 0.06, 0.6)
    _fill(picture, _left(rng, wide), wide, 0, _metres(rng, 1.5, 6), _dull(rng, 0.1, 0.9))


def _car(picture: Picture, rng: np.random.Generator) -> None:
    wide, tall, low = _metres(rng, 1.5, 4.4), _metres(rng, 1.2, 1.8), _metres(rng, 0, 0.3)
    left, paint = _left(rng, wide), sample_cloth(rng)
    _fill(picture, left, wide, low + tall // 5, tall // 2, paint)
    _fill(picture, left + wide // 5, wide * 3 // 5, low + tall // 2, tall // 2, shade(paint, 0.8))
    _fill(picture, left + wide // 4, wide // 2, low + tall * 5 // 8, tall // 3, _dull(rng, 0.1, 0.7))
    for wheel in (left + wide // 8, left + wide * 11 // 16):
        _fill(picture, wheel, wide // 5, low, tall * 2 // 5, (0.06, 0.06, 0.07))


def _railing(picture: Picture, rng: np.random.Generator) -> None:
    colour, tall, step = _dull(rng, 0.1, 0.9), _metres(rng, 0.7, 1.3), _metres(rng, 0.12, 0.5)
    left, wide = _left(rng, 4 * PER_METRE), _metres(rng, 2, 8)
    for x in range(left, left + wide, step):
        _fill(picture, x, 2, 0, tall, colour)
    _fill(picture, left, wide, tall - 2, 3, colour)


def _shelf(picture: Picture, rng: np.random.Generator) -> None:
    wide, tall = _metres(rng, 1.2, 4), _metres(rng, 1, 2.4)
    left, step = _left(rng, wide), _metres(rng, 0.25, 0.5)
    _fill(picture, left, wide, 0, tall, _dull(rng, 0.1, 0.8))
    for y in range(2, tall - step, step):
        x = left + 2
        while x < left + wide - 4:
            across = _metres(rng, 0.08, 0.4)
            _fill(picture, x, across, y, int(step * rng.uniform(0.4, 0.85)), sample_cloth(rng))
            x += across + 1


def _sign(picture: Picture, rng: np.random.Generator) -> None:
    wide, tall, low = _metres(rng, 0.4, 2.5), _metres(rng, 0.3, 2), _metres(rng, 0, 2.5)
    left = _left(rng, wide)
    _fill(picture, left, wide, low, tall, _dull(rng, 0.3, 1.0) if rng.random() < 0.6 else sample_cloth(rng))
    for y in range(low + 3, low + tall - 4, 7):
        _fill(picture, left + 3, int((wide - 6) * rng.uniform(0.3, 1.0)), y, 3, _dull(rng, 0.05, 0.9))


def _passer_by(picture: Picture, rng: np.random.Generator) -> None:
    tall, low = _metres(rng, 0.9, 1.9), _metres(rng, 0, 0.4)
    wide = int(tall * rng.uniform(0.2, 0.3))
    left = _left(rng, wide)
    legs, trunk = int(0.48 * tall), int(0.36 * tall)
    for side in (0, wide // 2 + int(rng.integers(0, 3))):
        _fill(picture, left + side, wide * 2 // 5, low, legs, shade(sample_cloth(rng), 0.8))
    _fill(picture, left - 1, wide + 2, low + legs, trunk, sample_cloth(rng))
    skin = shade((0.8, 0.6, 0.48), rng.uniform(0.4, 1.1))
    _fill(picture, left + wide // 3, max(wide // 2, 2), low + legs + trunk, tall - legs - trunk, skin)
    _fill(picture, left + wide // 3, max(wide // 2, 2), low + tall - 4, 4, (0.1, 0.08, 0.06))


def _fill(picture: Picture, left: int, wide: int, low: int, tall: int, colour: Colour) -> None:
    """Fill a rectangle; `low` is from the bottom."""
    top, left = max(_HEIGHT - low - tall, 0), max(left, 0)
    picture[top : max(_HEIGHT - low, 0), left : left + max(wide, 1)] = colour


def _noise(rng: np.random.Generator, cells: int) -> Picture:
    """Return smooth noise in 0..1, (height, width), of so many cells along the height."""
    coarse = rng.integers(0, 256, (cells, 3 * cells), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((_WIDTH, _HEIGHT), Image.Resampling.BICUBIC)
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def _metres(rng: np.random.Generator, low: float, high: float) -> int:
    """Draw a length, in pixels."""
    return int(rng.uniform(low, high) * PER_METRE)


def _left(rng: np.random.Generator, wide: int) -> int:
    return int(rng.integers(-wide // 2, _WIDTH - wide // 2))


def _dull(rng: np.random.Generator, darkest: float, lightest: float) -> Colour:
    return colour_from(rng.random(), float(rng.beta(0.7, 4.0)), rng.uniform(darkest, lightest))
