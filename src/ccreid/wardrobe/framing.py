"""What a detector cuts out of a crowd's picture: tight or loose, off the centre, and then stretched to one size."""

import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe.camera import Camera, View, image_plane, look_at

_ASPECTS = (0.33, 0.53)  # width by height of a detector's box
_LOOSE = (0.76, 0.98)  # share of the box's height that the person fills
_TIGHT = (0.98, 1.12)
_TIGHT_SHARE = 0.3


def frame_person(
    camera: Camera, points: NDArray[np.float64], height: int, rng: np.random.Generator
) -> tuple[View, int]:
    """Return the view whose image is a detector's box around a person, and the width of that image in pixels.

    The person fills most of the height, or more than all of it, and may reach over the sides.

    Args:
        camera: Where the lens is.
        points: (V, 3), the person in the world.
        height: Of the image in pixels.
        rng: Draws the box.
    """
    position = np.array([0.0, 0.0, camera.height])
    axes = look_at(points, position)
    plane = image_plane(points, position, axes)
    low, high = plane.min(axis=1), plane.max(axis=1)
    wide, tall = high - low
    filled = float(rng.uniform(*(_TIGHT if rng.random() < _TIGHT_SHARE else _LOOSE)))
    width = height * float(rng.uniform(*_ASPECTS))
    # Boxes widen for an arm or a step, though not for all of it.
    width = min(max(width, 0.85 * filled * height * wide / tall), 0.75 * height)
    focal = filled * height / tall
    middle = (low + high) / 2
    middle[0] = (middle[0] + np.median(plane[0])) / 2
    spare = abs(1 - filled) * height / 2
    shift = np.array([rng.normal(0.0, 0.04) * width, rng.uniform(-1, 1) * (spare + 0.015 * height)])
    column, row = np.array([width / 2, height / 2]) - focal * middle + shift
    return View(position, axes, float(focal), (float(column), float(row))), round(width)
