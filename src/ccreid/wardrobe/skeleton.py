"""Poses vertices by their bones: forward kinematics, linear blend skinning and vertex normals on one core."""

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True)
def bone_transforms(
    parents: NDArray[np.int32], joints: NDArray[np.float32], turns: NDArray[np.float64], offset: NDArray[np.float64]
) -> NDArray[np.float64]:
    """World transforms (B, 3, 4) of bones that turn about their joints.

    Args:
        parents: (B,), each before its children; -1 for the root.
        joints: (B, 3) joints of the pose that the turns start from.
        turns: (B, 3, 3) rotation of each bone against its parent, in world axes.
        offset: (3,) shift of the root.
    """
    count = len(parents)
    transforms = np.empty((count, 3, 4))
    for bone in range(count):
        parent = parents[bone]
        for row in range(3):
            for column in range(3):
                if parent < 0:
                    transforms[bone, row, column] = turns[bone, row, column]
                else:
                    total = 0.0
                    for k in range(3):
                        total += transforms[parent, row, k] * turns[bone, k, column]
                    transforms[bone, row, column] = total
        for row in range(3):
            if parent < 0:
                place = joints[bone, row] + offset[row]
            else:
                place = transforms[parent, row, 3]
                for k in range(3):
                    place += transforms[parent, row, k] * joints[bone, k]
            for k in range(3):
                place -= transforms[bone, row, k] * joints[bone, k]
            transforms[bone, row, 3] = place
    return transforms


@numba.njit(cache=True)
def skin(
    vertices: NDArray[np.float32],
    influences: NDArray[np.uint8],
    weights: NDArray[np.float32],
    transforms: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Moves vertices (V, 3) by the weighted transforms (B, 3, 4) of up to four bones each.

    Args:
        vertices: (V, 3), metres.
        influences: (V, 4) bones that carry each vertex.
        weights: (V, 4), each row sums to 1.
        transforms: (B, 3, 4) of the bones.
    """
    moved = np.empty_like(vertices)
    matrix = np.empty((3, 4))
    for vertex in range(len(vertices)):
        matrix[:] = 0.0
        for k in range(influences.shape[1]):
            weight = weights[vertex, k]
            if weight == 0.0:
                continue
            transform = transforms[influences[vertex, k]]
            for row in range(3):
                for column in range(4):
                    matrix[row, column] += weight * transform[row, column]
        x, y, z = vertices[vertex, 0], vertices[vertex, 1], vertices[vertex, 2]
        for row in range(3):
            moved[vertex, row] = matrix[row, 0] * x + matrix[row, 1] * y + matrix[row, 2] * z + matrix[row, 3]
    return moved


@numba.njit(cache=True)
def vertex_normals(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float32]:
    """Unit normals (V, 3): the area-weighted mean over each vertex's triangles; up where it has none.

    Args:
        vertices: (V, 3).
        faces: (F, 3) triangles.
    """
    normals = np.zeros(vertices.shape, dtype=np.float32)
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        ux = vertices[b, 0] - vertices[a, 0]
        uy = vertices[b, 1] - vertices[a, 1]
        uz = vertices[b, 2] - vertices[a, 2]
        vx = vertices[c, 0] - vertices[a, 0]
        vy = vertices[c, 1] - vertices[a, 1]
        vz = vertices[c, 2] - vertices[a, 2]
        nx = uy * vz - uz * vy
        ny = uz * vx - ux * vz
        nz = ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for vertex in range(len(normals)):
        x, y, z = normals[vertex, 0], normals[vertex, 1], normals[vertex, 2]
        length = np.sqrt(x * x + y * y + z * z)
        if length > 1e-12:
            normals[vertex, 0] = x / length
            normals[vertex, 1] = y / length
            normals[vertex, 2] = z / length
        else:
            normals[vertex, 2] = 1.0
    return normals
