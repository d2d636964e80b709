"""Procedural surfaces of floors and walls, and the noise that all of them share."""

import numpy as np
from numba import njit

PLAIN, TILES, PLANKS, SPECKLE, BRICKS, PANELS, LEAVES = range(7)


@njit(cache=True)
def value_noise(x: float, y: float) -> float:
    """Return smooth noise in 0..1, the same at the same point everywhere; features are about 1 in size.

    Args:
        x: Place across.
        y: Place along.
    """
    column, row = int(np.floor(x)), int(np.floor(y))
    fx, fy = x - column, y - row
    fx, fy = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy)
    top = _hash(column, row) * (1.0 - fx) + _hash(column + 1, row) * fx
    bottom = _hash(column, row + 1) * (1.0 - fx) + _hash(column + 1, row + 1) * fx
    return top * (1.0 - fy) + bottom * fy


@njit(cache=True)
def surface(kind: int, u: float, v: float, scale: float, softness: float) -> tuple[float, float]:
    """Return how light a surface is at (u, v) metres, and the share of its second colour.

    Args:
        kind: One of this file's constants.
        u: Along the surface, in metres.
        v: Up the surface or away from the camera, in metres.
        scale: Size of a tile, plank, brick or panel in metres.
        softness: Width in metres over which a pixel averages; joints narrower than it fade.

    Returns:
        A factor of about 1 on the light, and a share in 0..1.
    """
    stain = 0.93 + 0.14 * value_noise(0.9 * u, 0.9 * v)
    if kind == PLAIN:
        return stain, 0.0
    if kind == SPECKLE:
        fade = min(1.0, 0.012 / max(softness, 0.012))
        return stain * (1.0 + 0.5 * fade * (value_noise(38.0 * u, 38.0 * v) - 0.5)), 0.0
    if kind == LEAVES:
        # Octaves turned against each other, so that no grid shows; leaves finer than a pixel fade to their mean.
        coarse = value_noise(2.3 * u + 1.1 * v, 2.3 * v - 1.1 * u)
        middle = value_noise(9.0 * u - 5.0 * v, 9.0 * v + 5.0 * u)
        fade = min(1.0, 0.03 / max(softness, 0.03))
        fine = 0.5 + fade * (value_noise(31.0 * u + 17.0 * v, 31.0 * v - 17.0 * u) - 0.5)
        leaf = 0.45 * middle + 0.55 * fine
        return 0.4 + 0.7 * coarse * leaf + 0.45 * leaf, min(1.0, max(0.0, 1.8 * leaf - 0.6))
    wide, tall = scale, scale
    if kind == PLANKS:
        wide, tall = 0.35 * scale, 4.0 * scale
    elif kind == BRICKS:
        wide, tall = scale, 0.36 * scale
    elif kind == PANELS:
        wide, tall = scale, 2.4 * scale
    row = np.floor(v / tall)
    shifted = u / wide + (0.5 * (row % 2.0) if kind in (BRICKS, PLANKS) else 0.0)
    column = np.floor(shifted)
    joint = 0.012 if kind != PANELS else 0.02
    across, along = (shifted - column) * wide, v - row * tall
    gap = min(min(across, wide - across), min(along, tall - along))
    # A joint thinner than a pixel darkens it in proportion.
    share = max(0.0, min(1.0, (joint + softness - gap) / (2.0 * softness + 1e-6)))
    share *= min(1.0, 2.0 * joint / max(softness, 2.0 * joint))
    piece = 0.9 + 0.2 * _hash(int(column), int(row))
    return stain * piece, share


@njit(cache=True)
def _hash(x: int, y: int) -> float:
    mixed = (x * 374761393 + y * 668265263) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 16)) & 0xFFFF) / 65535.0
