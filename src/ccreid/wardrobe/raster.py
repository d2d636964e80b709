"""Which triangle each sample of an image sees: a z-buffer with perspective-correct weights."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def rasterise(
    points: NDArray[np.float64], faces: NDArray[np.int32], height: int, width: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the nearest triangle at each sample; triangles are seen from both sides.

    Args:
        points: float64 (V, 3): column and row in samples, and distance along the viewing axis, above 0.
        faces: int32 (F, 3).
        height: Rows of samples.
        width: Columns of samples.

    Returns:
        int32 (height, width), the face at each sample's centre, -1 where there is none; and float32 (height, width, 2),
        the weights of the face's first and second vertex, perspective-correct.
    """
    seen = np.full((height, width), -1, dtype=np.int32)
    weights = np.zeros((height, width, 2), dtype=np.float32)
    nearest = np.zeros((height, width))  # inverse distance, which is linear over the image
    for face in range(faces.shape[0]):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        ax, ay = points[a, 0] - 0.5, points[a, 1] - 0.5
        bx, by = points[b, 0] - 0.5, points[b, 1] - 0.5
        cx, cy = points[c, 0] - 0.5, points[c, 1] - 0.5
        left, right = max(0, int(np.ceil(min(ax, bx, cx)))), min(width - 1, int(np.floor(max(ax, bx, cx))))
        if left > right:  # most triangles are smaller than a sample
            continue
        top, bottom = max(0, int(np.ceil(min(ay, by, cy)))), min(height - 1, int(np.floor(max(ay, by, cy))))
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if top > bottom or abs(area) < 1e-12:
            continue
        inverse_a, inverse_b, inverse_c = 1.0 / points[a, 2], 1.0 / points[b, 2], 1.0 / points[c, 2]
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                wb = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
                wc = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
                wa = 1.0 - wb - wc
                if wa < 0.0 or wb < 0.0 or wc < 0.0:
                    continue
                inverse = wa * inverse_a + wb * inverse_b + wc * inverse_c
                if inverse > nearest[y, x]:
                    nearest[y, x] = inverse
                    seen[y, x] = face
                    weights[y, x, 0] = wa * inverse_a / inverse
                    weights[y, x, 1] = wb * inverse_b / inverse
    return seen, weights
