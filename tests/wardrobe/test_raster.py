import numpy as np
import pytest
from closeness import assert_close

from ccreid.wardrobe.raster import rasterise

pytestmark = pytest.mark.slow


def _plain(points: np.ndarray, faces: np.ndarray, height: int, width: int) -> np.ndarray:
    """Slow and obvious: at each sample's centre, the nearest of the triangles around it."""
    seen = np.full((height, width), -1)
    for y in range(height):
        for x in range(width):
            best = np.inf
            for index, face in enumerate(faces):
                corners = points[face]
                matrix = np.vstack([corners[:, :2].T, np.ones(3)])
                if abs(np.linalg.det(matrix)) < 1e-12:
                    continue
                weights = np.linalg.solve(matrix, [x + 0.5, y + 0.5, 1.0])
                depth = 1 / (weights / corners[:, 2]).sum()
                if (weights > 0).all() and depth < best:
                    best, seen[y, x] = depth, index
    return seen


def test_the_nearest_triangle_is_seen_at_every_sample() -> None:
    random = np.random.default_rng(0)
    for _ in range(5):
        points = np.column_stack([random.uniform(-3, 15, 24), random.uniform(-3, 12, 24), random.uniform(1, 9, 24)])
        faces = np.arange(24, dtype=np.int32).reshape(8, 3)
        assert np.array_equal(rasterise(points, faces, 9, 12)[0], _plain(points, faces, 9, 12))


def test_weights_are_correct_in_perspective() -> None:
    # A strip that runs away from the camera: halfway over the image is much nearer than halfway along the strip.
    points = np.array([[0.0, -50.0, 1.0], [10.0, 0.0, 9.0], [0.0, 50.0, 1.0]])
    _, weights = rasterise(points, np.array([[0, 1, 2]], dtype=np.int32), 1, 10)
    middle = 5.5 / 10
    assert_close(weights[0, 5, 1], (middle / 9) / (middle / 9 + (1 - middle) / 1), terms=10)


def test_a_triangle_is_seen_from_both_sides_and_outside_there_is_none() -> None:
    points = np.array([[0.0, 0.0, 1.0], [4.0, 0.0, 1.0], [0.0, 4.0, 1.0]])
    front = rasterise(points, np.array([[0, 1, 2]], dtype=np.int32), 4, 4)[0]
    back = rasterise(points, np.array([[0, 2, 1]], dtype=np.int32), 4, 4)[0]
    assert np.array_equal(front, back)
    assert front[0, 0] == 0
    assert front[3, 3] == -1
