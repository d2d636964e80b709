"""The three cameras, and the view that each has of a person: PRCC's indoor surveillance, in a detector's box."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe.colours import Colour


@dataclass(frozen=True)
class Camera:
    """How a camera is mounted, lit and built.

    Attributes:
        height: Of the lens above the floor, in metres.
        light_azimuth: Where the key light stands, radians around the vertical; 0 is behind the camera.
        light_elevation: Of the key light above the horizon, radians.
        key: Linear RGB of the key light.
        sky: Linear RGB of the light from above.
        ground: Linear RGB of the light from below.
        white_balance: Factors on linear RGB.
        exposure: Factor on the light.
        blur: Standard deviation of the lens's blur in pixels.
        noise: Standard deviation of the sensor's noise, of full scale 1.
        quality: Of the JPEG, 1 to 95.
    """

    height: float
    light_azimuth: float
    light_elevation: float
    key: Colour
    sky: Colour
    ground: Colour
    white_balance: Colour
    exposure: float
    blur: float
    noise: float
    quality: int


CAMERAS: Final[dict[str, Camera]] = {
    "A": Camera(
        height=2.3,
        light_azimuth=-0.6,
        light_elevation=0.95,
        key=(0.86, 0.84, 0.80),
        sky=(0.52, 0.53, 0.56),
        ground=(0.20, 0.19, 0.18),
        white_balance=(1.02, 1.0, 0.97),
        exposure=1.25,
        blur=0.45,
        noise=0.012,
        quality=92,
    ),
    "B": Camera(
        height=1.7,
        light_azimuth=0.9,
        light_elevation=0.8,
        key=(0.72, 0.74, 0.78),
        sky=(0.50, 0.52, 0.56),
        ground=(0.22, 0.22, 0.22),
        white_balance=(0.95, 1.0, 1.06),
        exposure=1.35,
        blur=0.6,
        noise=0.016,
        quality=88,
    ),
    "C": Camera(
        height=2.7,
        light_azimuth=0.2,
        light_elevation=1.1,
        key=(0.92, 0.86, 0.76),
        sky=(0.46, 0.46, 0.46),
        ground=(0.20, 0.18, 0.16),
        white_balance=(1.05, 1.0, 0.93),
        exposure=1.15,
        blur=0.5,
        noise=0.014,
        quality=90,
    ),
}
"""A and B differ in height and light; C, which sees the other clothes, differs a little more."""


@dataclass(frozen=True)
class View:
    """A pinhole camera.

    Attributes:
        position: Of the lens in metres; the camera stands at x = y = 0 and looks along +y.
        axes: (3, 3), unit vectors right, down and forward in its rows.
        focal: Focal length in pixels.
        centre: Column and row that the forward axis meets.
    """

    position: NDArray[np.float64]
    axes: NDArray[np.float64]
    focal: float
    centre: tuple[float, float]

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return column and row in pixels and the distance along the forward axis, (N, 3), of points (N, 3)."""
        seen = (points - self.position) @ self.axes.T
        projected = np.empty_like(seen)
        projected[:, :2] = self.focal * seen[:, :2] / seen[:, 2:] + np.array(self.centre)
        projected[:, 2] = seen[:, 2]
        return projected


def person_view(camera: Camera, points: NDArray[np.float64], height: int, width: int, rng: np.random.Generator) -> View:
    """Return the view whose image is a detector's box around a person.

    The person fills 86 to 95 % of the height, less where the width would not hold them, a little off the centre.

    Args:
        camera: Where the lens is.
        points: (V, 3), the person in the world.
        height: Of the image in pixels.
        width: Of the image in pixels.
        rng: Draws the box's jitter.
    """
    position = np.array([0.0, 0.0, camera.height])
    axes = look_at(points, position)
    plane = image_plane(points, position, axes)
    low, high = plane.min(axis=1), plane.max(axis=1)
    filled = rng.uniform(0.86, 0.95)
    focal = min(filled * height / (high[1] - low[1]), 0.98 * width / (high[0] - low[0]))
    jitter = rng.uniform(-1, 1, 2) * np.array([0.03 * width, 0.4 * (height - focal * (high[1] - low[1]))])
    # The trunk, not the arms and legs, is what a detector centres on.
    middle = np.array([np.median(plane[0]), (low[1] + high[1]) / 2])
    slack = np.maximum(0.0, (width - focal * (high[0] - low[0])) / 2)
    offset = np.clip(middle[0] - (low[0] + high[0]) / 2, -slack / focal, slack / focal)
    middle[0] = (low[0] + high[0]) / 2 + offset
    column, row = np.array([width / 2, height / 2]) - focal * middle + jitter
    return View(position, axes, float(focal), (float(column), float(row)))


def look_at(points: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the axes (3, 3) of a camera that looks at the middle of the points (V, 3).

    Args:
        points: (V, 3).
        position: (3,) of the lens.
    """
    columns = np.ascontiguousarray(points.T)
    forward = (columns.min(axis=1) + columns.max(axis=1)) / 2 - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward])


def image_plane(
    points: NDArray[np.float64], position: NDArray[np.float64], axes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where points (V, 3) are in an image of focal length 1: columns and rows, (2, V).

    Args:
        points: (V, 3).
        position: (3,) of the lens.
        axes: (3, 3) of the view.
    """
    seen = np.ascontiguousarray(((points - position) @ axes.T).T)
    return np.asarray(seen[:2] / seen[2:])


def light_direction(camera: Camera) -> NDArray[np.float64]:
    """Return the unit vector from the scene to the key light."""
    flat = np.cos(camera.light_elevation)
    return np.array(
        [flat * np.sin(camera.light_azimuth), -flat * np.cos(camera.light_azimuth), np.sin(camera.light_elevation)]
    )
