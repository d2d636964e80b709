"""One picture of one person: the figure, its place and the camera become an image and its exact part map."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ccreid.parts import NUM_PARTS
from ccreid.wardrobe.background import NO_BACKDROP, draw_background
from ccreid.wardrobe.camera import Camera, View, light_direction, person_view
from ccreid.wardrobe.mesh import FigureMesh
from ccreid.wardrobe.place import Place, place_tables
from ccreid.wardrobe.raster import rasterise
from ccreid.wardrobe.sensor import record
from ccreid.wardrobe.shade import material_table, shade
from ccreid.wardrobe.walk import Stand

SUPERSAMPLING = 2
"""Samples in each direction of a pixel."""

_OCCLUSION = 0.1  # share of pictures in which something stands before the person


def take_picture(
    mesh: FigureMesh, stand: Stand, place: Place, camera: Camera, height: int, width: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return an image, uint8 sRGB (height, width, 3), and its part map, uint8 (height, width).

    A pixel's part is the one that most of its 2x2 samples show; of two equally many, the larger value, so that a part
    wins over the background. What stands before the person is background.

    Args:
        mesh: The posed figure, in metres around its feet.
        stand: Where it stands, and whereto it faces.
        place: What is around it.
        camera: Which looks at it.
        height: Of the image, in pixels.
        width: Of the image, in pixels.
        rng: Draws the crop, the sensor's noise and what stands before the person.
    """
    points, normals = in_world(mesh, stand)
    view = person_view(camera, points, height, width, rng)
    picture, parts = expose(mesh, points, normals, stand, place, camera, view, height, width, NO_BACKDROP)
    stand_before(picture, parts, rng, _OCCLUSION)
    return record(picture, camera, rng), parts


def in_world(mesh: FigureMesh, stand: Stand) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return vertices and normals, float64 (V, 3) each, of a figure where it stands.

    Args:
        mesh: The posed figure, in metres around its feet.
        stand: Where it stands, and whereto it faces.
    """
    turn = np.array(
        [
            [np.cos(stand.heading), -np.sin(stand.heading), 0.0],
            [np.sin(stand.heading), np.cos(stand.heading), 0.0],
            [0.0, 0.0, 1.0],
        ]
    )
    points = mesh.vertices.astype(np.float64) @ turn.T + np.array([stand.x, stand.y, 0.0])
    return points, mesh.normals.astype(np.float64) @ turn.T


def expose(
    mesh: FigureMesh,
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
    stand: Stand,
    place: Place,
    camera: Camera,
    view: View,
    height: int,
    width: int,
    backdrop: NDArray[np.uint8],
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return the light that falls into a camera, float32 linear RGB (height, width, 3), and the part map.

    Args:
        mesh: The posed figure.
        points: (V, 3), its vertices in the world.
        normals: (V, 3), its normals in the world.
        stand: Where it stands.
        place: What is around it.
        camera: Which looks at it.
        view: What of it the image shows.
        height: Of the image, in pixels.
        width: Of the image, in pixels.
        backdrop: In place of the place's walls, or `NO_BACKDROP`.
    """
    samples = view.project(points)
    samples[:, :2] *= SUPERSAMPLING
    seen, weights = rasterise(samples, mesh.faces, SUPERSAMPLING * height, SUPERSAMPLING * width)
    to_light = light_direction(camera)
    key, sky, ground = np.array(camera.key), np.array(camera.sky), np.array(camera.ground)
    light = shade(
        seen,
        weights,
        mesh.faces,
        mesh.face_material,
        normals,
        mesh.rest,
        material_table(mesh.materials),
        -view.axes[2],
        to_light,
        key,
        sky,
        ground,
    )
    room, things = place_tables(place)
    behind = draw_background(
        height,
        width,
        view.position,
        view.axes,
        view.focal,
        view.centre[0],
        view.centre[1],
        room,
        things,
        place.kind == "yard",
        np.array([stand.x, stand.y]),
        to_light,
        0.45 * key + 0.75 * sky,
        backdrop,
    )
    return _resolve(seen, light, mesh.face_part, behind)


@njit(cache=True)
def _resolve(
    seen: NDArray[np.int32], light: NDArray[np.float32], face_part: NDArray[np.uint8], behind: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Average 2x2 samples over the background, and take their most frequent part."""
    height, width = behind.shape[0], behind.shape[1]
    picture, parts = behind.copy(), np.zeros((height, width), dtype=np.uint8)
    votes = np.zeros(NUM_PARTS, dtype=np.int64)
    for y in range(height):
        for x in range(width):
            votes[:] = 0
            for j in range(2):
                for i in range(2):
                    face = seen[2 * y + j, 2 * x + i]
                    votes[face_part[face] if face >= 0 else 0] += 1
                    if face >= 0:
                        for k in range(3):
                            picture[y, x, k] += 0.25 * (light[2 * y + j, 2 * x + i, k] - behind[y, x, k])
            best = 0
            for part in range(1, NUM_PARTS):
                if votes[part] >= votes[best] and votes[part] > 0:
                    best = part
            parts[y, x] = best
    return picture, parts


def stand_before(
    picture: NDArray[np.float32], parts: NDArray[np.uint8], rng: np.random.Generator, share: float
) -> None:
    """Put a pole, a box or a bush before the person in some pictures.

    Args:
        picture: float32 (H, W, 3), changed in place.
        parts: uint8 (H, W), changed in place.
        rng: Draws everything.
        share: Of the pictures, 0..1.
    """
    height, width = parts.shape
    kind, place, size, tone = rng.integers(3), rng.uniform(), rng.uniform(), rng.uniform(0.05, 0.5)
    tint = rng.uniform(0.8, 1.2, 3)
    if rng.uniform() >= share:
        return
    rows, columns = np.mgrid[0:height, 0:width]
    if kind == 0:  # a pole, over the whole height
        middle, half = (0.1 + 0.8 * place) * width, (0.02 + 0.03 * size) * width
        mask = abs(columns - middle) < half
        shading = 0.6 + 0.4 * np.cos((columns - middle) / half)
    elif kind == 1:  # a box or bag on the floor, at one side
        wide, tall = (0.2 + 0.3 * size) * width, (0.08 + 0.14 * size) * height
        left = (width - wide) * (place > 0.5)
        mask = (rows > height - tall) & (columns >= left) & (columns < left + wide)
        shading = 0.7 + 0.3 * (height - rows) / tall
    else:  # a bush that reaches in from below
        middle, half = (0.9 * (place > 0.5) + 0.05) * width, (0.2 + 0.2 * size) * width
        grain = rng.random((height, width))
        ragged = 0.05 * height * rng.random(width)
        tall = np.sqrt(np.maximum(0.0, 1 - ((columns - middle) / half) ** 2)) * (0.1 + 0.12 * size) * height
        mask = rows > height - tall + ragged * (tall > 0)
        shading = 0.5 + 0.7 * grain
        tint = np.array([0.5, 1.0, 0.35])
    colour = (tone * tint).astype(np.float32)
    picture[mask] = colour * shading[mask, None].astype(np.float32)
    parts[mask] = 0
