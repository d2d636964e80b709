"""Pieces of a figure: skinned triangles with parts and looks, and the cutting and smoothing that tailoring needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part
from ccreid.wardrobe.mesh import Material

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Look:
    """What a face counts as and how it appears."""

    part: Part
    material: Material


@dataclass(frozen=True)
class Surface:
    """One piece of a figure.

    Attributes:
        vertices: float32 (V, 3).
        faces: int32 (F, 3).
        influences: uint8 (V, 4) bones.
        weights: float32 (V, 4).
        face_looks: uint8 (F,) index into `looks`.
        looks: What the faces count as and look like.
    """

    vertices: Floats
    faces: Ints
    influences: NDArray[np.uint8]
    weights: Floats
    face_looks: NDArray[np.uint8]
    looks: tuple[Look, ...]

    def with_vertices(self, vertices: NDArray[np.floating]) -> "Surface":
        """The same triangles elsewhere."""
        return replace(self, vertices=vertices.astype(np.float32))


def surface(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    influences: NDArray[np.uint8],
    weights: Floats,
    look: Look,
) -> Surface:
    """A piece of one look; vertices that no face uses are dropped.

    Args:
        vertices: (V, 3), metres.
        faces: (F, 3) triangles.
        influences: (V, 4) bones that carry each vertex.
        weights: (V, 4), each row sums to 1.
        look: Of all faces.
    """
    used, renumbered = used_vertices(faces, len(vertices))
    return Surface(
        vertices=np.asarray(vertices, dtype=np.float32)[used],
        faces=renumbered,
        influences=influences[used],
        weights=weights[used],
        face_looks=np.zeros(len(faces), dtype=np.uint8),
        looks=(look,),
    )


def rigid_surface(vertices: NDArray[np.floating], faces: NDArray[np.integer], bone: int, look: Look) -> Surface:
    """A piece of one look that one bone carries.

    Args:
        vertices: (V, 3), metres.
        faces: (F, 3) triangles.
        bone: Number of the bone.
        look: Of all faces.
    """
    return surface(vertices, faces, *rigid_weights(len(vertices), bone), look)


def rigid_weights(count: int, bone: int) -> tuple[NDArray[np.uint8], Floats]:
    """Influences and weights (count, 4) that put everything on one bone.

    Args:
        count: Number of vertices.
        bone: Number of the bone.
    """
    influences = np.full((count, 4), bone, dtype=np.uint8)
    weights = np.zeros((count, 4), dtype=np.float32)
    weights[:, 0] = 1.0
    return influences, weights


def shared_weights(first: int, second: int, share: NDArray[np.floating]) -> tuple[NDArray[np.uint8], Floats]:
    """Influences and weights (V, 4) for vertices carried by two bones; `share` (V,) is the second's.

    Args:
        first: Number of a bone.
        second: Number of another bone.
        share: (V,) the second's, 0..1.
    """
    influences = np.zeros((len(share), 4), dtype=np.uint8)
    influences[:, 0], influences[:, 1] = first, second
    weights = np.zeros((len(share), 4), dtype=np.float32)
    weights[:, 0], weights[:, 1] = 1.0 - share, share
    return influences, weights


def grid_faces(rows: int, columns: int, *, closed: bool) -> Ints:
    """Triangles of a grid of vertices in row-major order; `closed` joins the last column to the first.

    Args:
        rows: Of vertices.
        columns: Of vertices.
        closed: Whether the last column is joined to the first.
    """
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    right = (column + 1) % columns
    a, b = row * columns + column, row * columns + right
    c, d = a + columns, b + columns
    return np.stack([a, c, b, b, c, d], axis=-1).reshape(-1, 3).astype(np.int32)


def tube(
    path: NDArray[np.floating], radii: NDArray[np.floating], up: NDArray[np.floating], around: int = 12
) -> tuple[Floats, Ints]:
    """Vertices and faces of a tube with closed tapering ends.

    Args:
        path: (N, 3) its axis.
        radii: (N, 2) half-widths across `up` and along it.
        up: (3,) direction that orients the cross-section; not parallel to the path.
        around: Vertices of each ring.
    """
    path = np.asarray(path, dtype=np.float64)
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along, np.asarray(up, dtype=np.float64))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    top = np.cross(side, along)
    angles = np.arange(around) * (2.0 * np.pi / around)
    ring = (
        side[:, None] * (np.asarray(radii)[:, :1] * np.cos(angles))[:, :, None]
        + top[:, None] * (np.asarray(radii)[:, 1:] * np.sin(angles))[:, :, None]
    )
    rings = path[:, None] + ring
    rings = np.concatenate(
        [np.repeat(path[:1, None], around, axis=1), rings, np.repeat(path[-1:, None], around, axis=1)]
    )
    return rings.reshape(-1, 3).astype(np.float32), grid_faces(len(path) + 2, around, closed=True)


def clip_surface(piece: Surface, field: NDArray[np.floating]) -> Surface:
    """Cuts a piece along the zero of a field (V,) on its vertices and keeps the positive side, with a clean edge.

    Args:
        piece: With V vertices.
        field: (V,) value at each vertex, positive on the side that is kept.
    """
    inside = field > 0.0
    count = inside[piece.faces].sum(axis=1)
    whole = piece.faces[count == 3]
    looks = [piece.face_looks[count == 3]]
    faces = [whole]
    cut = piece.faces[(count == 1) | (count == 2)]
    cut_looks = piece.face_looks[(count == 1) | (count == 2)]
    edges: dict[tuple[int, int], int] = {}
    crossings: list[tuple[int, int]] = []

    def crossing(start: int, end: int) -> int:
        key = (min(start, end), max(start, end))
        if key not in edges:
            edges[key] = len(piece.vertices) + len(crossings)
            crossings.append(key)
        return edges[key]

    pieces: list[tuple[int, int, int]] = []
    piece_looks: list[int] = []
    for corners, look in zip(cut.tolist(), cut_looks.tolist(), strict=True):
        flags = [bool(inside[corner]) for corner in corners]
        lone = flags.index(sum(flags) == 1)  # the corner that stands alone on its side
        a, b, c = corners[lone], corners[(lone + 1) % 3], corners[(lone + 2) % 3]
        ab, ac = crossing(a, b), crossing(a, c)
        if flags[lone]:
            pieces.append((a, ab, ac))
            piece_looks.append(look)
        else:
            pieces.extend([(ab, b, c), (ab, c, ac)])
            piece_looks.extend([look, look])
    if pieces:
        faces.append(np.asarray(pieces, dtype=np.int32))
        looks.append(np.asarray(piece_looks, dtype=np.uint8))
    vertices, influences, weights = piece.vertices, piece.influences, piece.weights
    if crossings:
        ends = np.asarray(crossings)
        share = field[ends[:, 0]] / (field[ends[:, 0]] - field[ends[:, 1]])
        share = share[:, None].astype(np.float32)
        vertices = np.concatenate([vertices, vertices[ends[:, 0]] * (1 - share) + vertices[ends[:, 1]] * share])
        between = _mixed_weights(influences, weights, ends, share)
        influences, weights = np.concatenate([influences, between[0]]), np.concatenate([weights, between[1]])
    return _compact(replace(piece, vertices=vertices, influences=influences, weights=weights), faces, looks)


def _mixed_weights(
    influences: NDArray[np.uint8], weights: Floats, ends: NDArray[np.int64], share: Floats
) -> tuple[NDArray[np.uint8], Floats]:
    """The four strongest influences of points between two vertices each."""
    dense = np.zeros((len(ends), int(influences.max()) + 1), dtype=np.float32)
    rows = np.arange(len(ends))[:, None]
    np.add.at(dense, (rows, influences[ends[:, 0]]), weights[ends[:, 0]] * (1 - share))
    np.add.at(dense, (rows, influences[ends[:, 1]]), weights[ends[:, 1]] * share)
    if dense.shape[1] < 4:
        dense = np.pad(dense, ((0, 0), (0, 4 - dense.shape[1])))
    order = np.argsort(-dense, axis=1, kind="stable")[:, :4]
    strongest = np.take_along_axis(dense, order, axis=1)
    return order.astype(np.uint8), strongest / strongest.sum(axis=1, keepdims=True)


def _compact(piece: Surface, faces: Sequence[Ints], looks: Sequence[NDArray[np.uint8]]) -> Surface:
    all_faces = np.concatenate(faces)
    used, renumbered = used_vertices(all_faces, len(piece.vertices))
    return replace(
        piece,
        vertices=piece.vertices[used],
        faces=renumbered,
        influences=piece.influences[used],
        weights=piece.weights[used],
        face_looks=np.concatenate(looks),
    )


def used_vertices(faces: NDArray[np.integer], count: int) -> tuple[NDArray[np.intp], Ints]:
    """The vertices that faces use, in order, and the faces (F, 3) with their vertices' places among these.

    Args:
        faces: (F, 3) triangles.
        count: Number of vertices.
    """
    marked = np.zeros(count, dtype=bool)
    marked[faces] = True
    places = np.cumsum(marked, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(marked), places[faces]


def neighbour_edges(faces: Ints) -> Ints:
    """Each edge of the triangles once, (E, 2), in order."""
    starts, ends = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    count = int(faces.max(initial=0)) + 1
    keys = np.unique(np.minimum(starts, ends).astype(np.int64) * count + np.maximum(starts, ends))
    return np.stack([keys // count, keys % count], axis=1).astype(np.int32)


@numba.njit(cache=True)
def smooth(values: Floats, edges: Ints, rounds: int, share: Floats) -> Floats:
    """Moves each row of (V, C) towards its neighbours' mean, `rounds` times, by a share (V,) in 0..1.

    Args:
        values: (V, C).
        edges: (E, 2) neighbours, each pair once.
        rounds: How often, from 0.
        share: (V,) of the way, 0..1.
    """
    current = values.copy()
    count = np.zeros(len(values), dtype=np.float32)
    for edge in range(len(edges)):
        count[edges[edge, 0]] += 1.0
        count[edges[edge, 1]] += 1.0
    for _ in range(rounds):
        total = np.zeros_like(values)
        for edge in range(len(edges)):
            a, b = edges[edge, 0], edges[edge, 1]
            for k in range(values.shape[1]):
                total[a, k] += current[b, k]
                total[b, k] += current[a, k]
        for vertex in range(len(values)):
            if count[vertex] == 0.0:
                continue
            for k in range(values.shape[1]):
                mean = total[vertex, k] / count[vertex]
                current[vertex, k] += share[vertex] * (mean - current[vertex, k])
    return current
