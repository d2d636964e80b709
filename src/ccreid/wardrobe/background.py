"""What a camera sees of a place: rays to the floor, the walls and the things, with the person's shadow."""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ccreid.wardrobe.texture import surface, value_noise

NO_BACKDROP: Final = np.zeros((1, 1, 3), dtype=np.uint8)
"""The walls are as the place says."""

_LINEAR: Final = np.power(np.arange(256, dtype=np.float32) / 255, np.float32(2.2))

_CEILING = 3.1  # metres
_EAVES = 4.2  # metres; above a yard's wall there is sky


@njit(cache=True)
def draw_background(
    height: int,
    width: int,
    position: NDArray[np.float64],
    axes: NDArray[np.float64],
    focal: float,
    column: float,
    row: float,
    room: NDArray[np.float64],
    things: NDArray[np.float64],
    outdoors: bool,
    person: NDArray[np.float64],
    to_light: NDArray[np.float64],
    light: NDArray[np.float64],
    backdrop: NDArray[np.uint8],
) -> NDArray[np.float32]:
    """Return linear RGB (height, width, 3).

    Args:
        height: Of the image in pixels.
        width: Of the image in pixels.
        position: Of the lens; see `ccreid.wardrobe.camera.View`.
        axes: Of the view.
        focal: Of the view, in pixels.
        column: Of the view's centre.
        row: Of the view's centre.
        room: From `place_tables`.
        things: From `place_tables`.
        outdoors: Whether there is sky above the wall instead of a ceiling.
        person: (x, y) where the person stands.
        to_light: Unit vector to the key light.
        light: Linear RGB that falls on everything.
        backdrop: From `paint_backdrop`, in place of walls and sky, or `NO_BACKDROP`.
    """
    image = np.empty((height, width, 3), dtype=np.float32)
    depth, half_width = room[0], room[1]
    flat = np.sqrt(to_light[0] ** 2 + to_light[1] ** 2) + 1e-9
    cast = min(1.6 * flat / max(to_light[2], 0.2), 1.8)
    shadow_x, shadow_y = -to_light[0] / flat * cast, -to_light[1] / flat * cast
    colour = np.empty(3)
    for y in range(height):
        for x in range(width):
            a, b = (x + 0.5 - column) / focal, (y + 0.5 - row) / focal
            dx = axes[2, 0] + a * axes[0, 0] + b * axes[1, 0]
            dy = axes[2, 1] + a * axes[0, 1] + b * axes[1, 1]
            dz = axes[2, 2] + a * axes[0, 2] + b * axes[1, 2]
            dy = max(dy, 1e-6)
            # The nearest of back wall, side wall, floor and ceiling.
            t, hit = depth / dy, 0
            if abs(dx) > 1e-9 and half_width / abs(dx) < t:
                t, hit = half_width / abs(dx), 1
            if dz < 0.0 and -position[2] / dz < t:
                t, hit = -position[2] / dz, 2
            elif dz > 0.0 and not outdoors and (_CEILING - position[2]) / dz < t:
                t, hit = (_CEILING - position[2]) / dz, 3
            thing = -1
            for index in range(things.shape[0]):
                far = things[index, 0] / dy
                if far < t:
                    px, pz = dx * far, position[2] + dz * far
                    inside = things[index, 1] <= px <= things[index, 2] and things[index, 3] <= pz <= things[index, 4]
                    if inside and not (things[index, 11] == 6.0 and value_noise(8.0 * px, 8.0 * pz) < 0.35):
                        t, thing = far, index
            px, py, pz = dx * t, dy * t, position[2] + dz * t
            pixel = t / focal
            glow = 1.0
            if thing >= 0:
                item = things[thing]
                factor, share = surface(int(item[11]), px, pz, 0.5, pixel)
                border = min(min(px - item[1], item[2] - px), item[4] - pz)
                if border < 0.05 and item[11] != 6.0:
                    share, factor = 1.0, 1.0
                for k in range(3):
                    colour[k] = item[5 + k] * (1.0 - share) + item[8 + k] * share
                factor *= 0.75 + 0.25 * min(1.0, pz / 1.2)
            elif hit == 2:
                steep = pixel / max(-dz, 0.05)
                factor, share = surface(int(room[2]), px, py, room[3], steep)
                for k in range(3):
                    colour[k] = room[4 + k] * (1.0 - share) + room[7 + k] * share
                ox, oy = px - person[0], py - person[1]
                along = (ox * shadow_x + oy * shadow_y) / (cast * cast + 1e-9)
                along = min(max(along, 0.0), 1.0)
                gx, gy = ox - along * shadow_x, oy - along * shadow_y
                soft = 0.18 + 0.2 * along
                glow = 1.0 - (0.5 - 0.3 * along) * np.exp(-(gx * gx + gy * gy) / (soft * soft))
                glow *= 1.0 - 0.35 * np.exp(-(ox * ox + oy * oy) / 0.09)
            elif hit != 3 and backdrop.shape[0] > 1:
                factor = 1.0
                _look_up(backdrop, px if hit == 0 else py, pz, colour)
            elif hit == 3:
                lamp = 1.0 if abs(px) < 0.25 and (py - np.floor(py / 2.4) * 2.4) < 1.2 else 0.0
                factor = 1.0
                for k in range(3):
                    colour[k] = 0.62 + 0.6 * lamp
            elif outdoors and pz > _EAVES:
                factor = 1.0
                for k in range(3):
                    colour[k] = 0.75 + 0.1 * k
            else:
                u = px if hit == 0 else py
                factor, share = surface(int(room[10]), u, pz, room[11], pixel)
                for k in range(3):
                    colour[k] = room[12 + k] * (1.0 - share) + room[15 + k] * share
                if pz < room[18]:
                    for k in range(3):
                        colour[k] = room[19 + k]
                factor *= 0.72 + 0.28 * min(1.0, pz / 2.2)
                if hit == 1:
                    factor *= 0.8
            for k in range(3):
                image[y, x, k] = colour[k] * factor * glow * light[k]
    return image


@njit(cache=True)
def _look_up(backdrop: NDArray[np.uint8], along: float, up: float, colour: NDArray[np.float64]) -> None:
    """Read a backdrop between its pixels; it repeats along, mirrored, and its top row goes on above."""
    height, width = backdrop.shape[0], backdrop.shape[1]
    per_metre = height / 4.0
    column = abs(along * per_metre) % (2.0 * width - 2.0)
    if column > width - 1.0:
        column = 2.0 * width - 2.0 - column
    row = min(max(height - 1.0 - up * per_metre, 0.0), height - 1.001)
    column = min(column, width - 1.001)
    x, y = int(column), int(row)
    right, down = column - x, row - y
    for k in range(3):
        top = _LINEAR[backdrop[y, x, k]] * (1.0 - right) + _LINEAR[backdrop[y, x + 1, k]] * right
        bottom = _LINEAR[backdrop[y + 1, x, k]] * (1.0 - right) + _LINEAR[backdrop[y + 1, x + 1, k]] * right
        colour[k] = top * (1.0 - down) + bottom * down
