"""The light that each sample of a person sends to the camera: patterns, Lambert's law, sky and ground, highlights."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ccreid.wardrobe.colours import linear
from ccreid.wardrobe.mesh import Material, Pattern
from ccreid.wardrobe.texture import value_noise

_ACROSS = int(Pattern.STRIPES_ACROSS)
_ALONG = int(Pattern.STRIPES_ALONG)
_CHECKS = int(Pattern.CHECKS)
_GRADIENT = int(Pattern.GRADIENT)
_PRINT = int(Pattern.PRINT)
_BLOTCHES = int(Pattern.BLOTCHES)
_DOTS = int(Pattern.DOTS)
_PLAID = int(Pattern.PLAID)
_CAMOUFLAGE = int(Pattern.CAMOUFLAGE)
_YOKE = int(Pattern.YOKE)


def material_table(materials: tuple[Material, ...]) -> NDArray[np.float64]:
    """Return the materials as rows that `shade` reads: linear colours, pattern, scale, origin, gloss, roughness."""
    return np.array(
        [
            [
                *linear(material.colour),
                *linear(material.accent),
                float(material.pattern),
                material.scale,
                *material.origin,
                material.gloss,
                material.roughness,
            ]
            for material in materials
        ]
    )


@njit(cache=True)
def shade(
    seen: NDArray[np.int32],
    weights: NDArray[np.float32],
    faces: NDArray[np.int32],
    face_material: NDArray[np.uint8],
    normals: NDArray[np.float64],
    rest: NDArray[np.float32],
    table: NDArray[np.float64],
    to_camera: NDArray[np.float64],
    to_light: NDArray[np.float64],
    key: NDArray[np.float64],
    sky: NDArray[np.float64],
    ground: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return linear RGB (H, W, 3), zero where there is no person.

    Args:
        seen: int32 (H, W), faces from `rasterise`.
        weights: float32 (H, W, 2), from `rasterise`.
        faces: int32 (F, 3).
        face_material: uint8 (F,).
        normals: float64 (V, 3), in world axes.
        rest: float32 (V, 3), the surface's places that patterns stick to.
        table: From `material_table`.
        to_camera: Unit vector from the person to the camera.
        to_light: Unit vector from the person to the key light.
        key: Linear RGB of the key light.
        sky: Linear RGB of the light from above.
        ground: Linear RGB of the light from below.
    """
    height, width = seen.shape
    light = np.zeros((height, width, 3), dtype=np.float32)
    half = to_camera + to_light
    half /= np.sqrt(half[0] ** 2 + half[1] ** 2 + half[2] ** 2)
    normal, place = np.empty(3), np.empty(3)
    for y in range(height):
        for x in range(width):
            face = seen[y, x]
            if face < 0:
                continue
            wa, wb = weights[y, x, 0], weights[y, x, 1]
            wc = 1.0 - wa - wb
            a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
            for k in range(3):
                normal[k] = wa * normals[a, k] + wb * normals[b, k] + wc * normals[c, k]
                place[k] = wa * rest[a, k] + wb * rest[b, k] + wc * rest[c, k]
            length = np.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2) + 1e-9
            facing = (normal[0] * to_camera[0] + normal[1] * to_camera[1] + normal[2] * to_camera[2]) / length
            # The inside of a sleeve or a hem: a sheet's normal looks to whichever side is seen. Near the outline a
            # smooth normal may look away a little without being an inside.
            side = -1.0 if facing < -0.25 else 1.0
            for k in range(3):
                normal[k] *= side / length
            row = table[face_material[face]]
            mix = _mix(row, place)
            lambert = normal[0] * to_light[0] + normal[1] * to_light[1] + normal[2] * to_light[2]
            wrapped = max(0.0, (lambert + 0.15) / 1.15)
            up = 0.5 + 0.5 * normal[2]
            highlight = max(0.0, normal[0] * half[0] + normal[1] * half[1] + normal[2] * half[2]) ** 24
            rough = 1.0
            if row[12] > 0.0:
                grain = value_noise(place[0] * 260.0, place[1] * 260.0 + place[2] * 90.0)
                rough = 1.0 + 0.55 * row[12] * (grain - 0.5)
            # Folds: broad, faint light and shade that flat renderings lack.
            fold = value_noise(place[0] * 14.0 + place[1] * 9.0, place[2] * 11.0)
            rough *= 0.92 + 0.16 * fold
            for k in range(3):
                colour = row[k] * (1.0 - mix) + row[3 + k] * mix
                diffuse = colour * (key[k] * wrapped + sky[k] * up + ground[k] * (1.0 - up))
                light[y, x, k] = diffuse * rough + row[11] * 0.6 * key[k] * highlight
    return light


@njit(cache=True)
def _mix(row: NDArray[np.float64], place: NDArray[np.float64]) -> float:
    """Return the share of a material's second colour at a place, 0..1."""
    pattern = int(row[6])
    if pattern == 0:
        return 0.0
    x, y, z = (place[0] - row[8]) / row[7], (place[1] - row[9]) / row[7], (place[2] - row[10]) / row[7]
    # Around the body, x turns into y, so that stripes along it stay stripes on its sides.
    along = x + y if x > 0 else x - y
    if pattern == _ACROSS:
        return 1.0 if z - np.floor(z) < 0.5 else 0.0
    if pattern == _ALONG:
        return 1.0 if along - np.floor(along) < 0.5 else 0.0
    if pattern == _CHECKS:
        return float(0.5 * (z - np.floor(z) < 0.5) + 0.5 * (along - np.floor(along) < 0.5))
    if pattern == _GRADIENT:
        return float(min(max(0.5 - z, 0.0), 1.0))
    if pattern > _PRINT:
        return _rich_mix(pattern, x, y, z, along)
    # A print on the chest: a ring around a bar, nothing on the back.
    if y > 0.0 or abs(x) > 0.5 or abs(z) > 0.5:
        return 0.0
    radius = np.sqrt(x * x + z * z)
    return 1.0 if 0.3 < radius < 0.48 or (abs(z) < 0.1 and abs(x) < 0.3) else 0.0


@njit(cache=True)
def _rich_mix(pattern: int, x: float, y: float, z: float, along: float) -> float:
    """Return `_mix` of the patterns that crowds wear, at a place in periods of the pattern."""
    if pattern == _BLOTCHES:  # flowers and leaves, from afar
        mixed = 0.6 * value_noise(3.0 * along, 3.0 * z) + 0.4 * value_noise(8.0 * along + 3.0, 8.0 * z)
        return float(min(max(12.0 * (mixed - 0.52), 0.0), 1.0))
    if pattern == _CAMOUFLAGE:
        mixed = value_noise(1.6 * along + 0.7 * z, 2.4 * z)
        return 0.0 if mixed < 0.42 else (0.5 if mixed < 0.6 else 1.0)
    if pattern == _DOTS:
        row = np.floor(z)
        across = along + 0.5 * (row % 2.0)
        return 1.0 if (across - np.floor(across) - 0.5) ** 2 + (z - row - 0.5) ** 2 < 0.08 else 0.0
    if pattern == _PLAID:
        wide, tall = along - np.floor(along), z - np.floor(z)
        lines = 0.45 * (wide < 0.35) + 0.45 * (tall < 0.35)
        return float(min(1.0, lines + 0.5 * (0.6 < wide < 0.68) + 0.5 * (0.6 < tall < 0.68)))
    if pattern == _YOKE:
        return 1.0 if z > 0.15 else 0.0
    # Letters on the chest: rows of blocks, nothing on the back.
    if y > 0.0 or abs(x) > 0.5 or abs(z) > 0.3:
        return 0.0
    row = np.floor(z * 5.0)
    if z * 5.0 - row > 0.7:
        return 0.0
    return 1.0 if value_noise(np.floor(x * 14.0) * 3.1, row * 7.3) > 0.45 else 0.0
