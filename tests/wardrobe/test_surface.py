"""Cutting, smoothing and tubes."""

from collections import Counter

import numpy as np
import pytest
from closeness import assert_close, rounding
from hypothesis import given, settings
from hypothesis import strategies as st

from ccreid.parts import Part
from ccreid.wardrobe.mesh import Material
from ccreid.wardrobe.surface import (
    Look,
    Surface,
    clip_surface,
    grid_faces,
    neighbour_edges,
    shared_weights,
    smooth,
    surface,
    tube,
    used_vertices,
)

LOOK = Look(Part.PANTS, Material(colour=(0.2, 0.3, 0.4)))


def sheet(rng: np.random.Generator, rows: int = 7, columns: int = 6) -> Surface:
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    points = np.stack([x, y, rng.normal(size=x.shape)], axis=-1).reshape(-1, 3)
    influences, weights = shared_weights(0, 3, rng.random(len(points)))
    return surface(points, grid_faces(rows, columns, closed=False), influences, weights, LOOK)


def area(piece: Surface) -> float:
    a, b, c = (piece.vertices[piece.faces[:, k]].astype(np.float64) for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


@given(st.integers(0, 10_000))
def test_used_vertices_and_edges_are_those_that_sorting_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    faces = rng.integers(0, 30, (int(rng.integers(1, 25)), 3)).astype(np.int32)
    used, inverse = np.unique(faces, return_inverse=True)
    found, renumbered = used_vertices(faces, 30)
    assert np.array_equal(found, used)
    assert np.array_equal(renumbered, inverse.reshape(-1, 3))
    assert renumbered.dtype == np.int32
    pairs = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    assert np.array_equal(neighbour_edges(faces), np.unique(pairs, axis=0))


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), level=st.floats(-1.0, 8.0))
def test_a_cut_splits_the_surface_along_a_clean_edge(seed: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    whole = sheet(rng)
    slope = rng.normal(size=3)
    field = whole.vertices @ slope - level
    kept, rest = clip_surface(whole, field), clip_surface(whole, -field)
    allowed = rounding(float(np.abs(whole.vertices).max() * np.abs(slope).max()), terms=4)
    assert abs(area(kept) + area(rest) - area(whole)) < 1e-3 * area(whole)
    for piece, sign in ((kept, 1.0), (rest, -1.0)):
        if len(piece.vertices):
            assert (sign * (piece.vertices @ slope - level)).min() > -allowed
            assert piece.faces.max() < len(piece.vertices)
            assert_close(piece.weights.sum(axis=1), np.ones(len(piece.weights)), terms=4)
            assert len(piece.face_looks) == len(piece.faces)


def test_new_vertices_are_carried_by_both_ends_of_their_edge() -> None:
    points = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    influences, weights = shared_weights(0, 5, np.array([0.0, 1.0, 0.0]))
    whole = surface(points, np.array([[0, 1, 2]]), influences, weights, LOOK)
    kept = clip_surface(whole, points[:, 0] - 0.25)
    cut = int(np.argmin(np.abs(kept.vertices[:, 0] - 0.25) + np.abs(kept.vertices[:, 1])))
    carried = dict(zip(kept.influences[cut].tolist(), kept.weights[cut].tolist(), strict=True))
    assert (carried[0], carried[5]) == pytest.approx((0.75, 0.25), abs=rounding(1))


def test_smoothing_is_the_mean_of_the_neighbours() -> None:
    rng = np.random.default_rng(0)
    piece = sheet(rng)
    edges = neighbour_edges(piece.faces)
    share = rng.random(len(piece.vertices)).astype(np.float32)
    slow = piece.vertices.astype(np.float64)
    for _ in range(3):
        means = np.stack(
            [slow[[b if a == v else a for a, b in edges if v in (a, b)]].mean(axis=0) for v in range(len(slow))]
        )
        slow = slow + share[:, None] * (means - slow)
    for version in (smooth, smooth.py_func):
        assert_close(version(piece.vertices, edges, 3, share), slow, terms=3 * 8)


def test_a_tube_is_closed_and_faces_outwards() -> None:
    path = np.stack([np.zeros(6), np.zeros(6), np.linspace(0.0, 1.0, 6)], axis=1)
    vertices, faces = tube(path, np.full((6, 2), 0.1), np.array([0.0, 1.0, 0.0]), around=8)
    solid = [face for face in faces.tolist() if len({tuple(vertices[k]) for k in face}) == 3]
    places = {tuple(vertex): number for number, vertex in enumerate(map(tuple, np.unique(vertices, axis=0)))}
    edges = Counter()
    for face in solid:
        corners = [places[tuple(vertices[k])] for k in face]
        edges.update(tuple(sorted((corners[k], corners[(k + 1) % 3]))) for k in range(3))
    assert set(edges.values()) == {2}
    a, b, c = (vertices[np.array(solid)[:, k]].astype(np.float64) for k in range(3))
    volume = float((np.cross(a, b) * c).sum() / 6)
    assert 0.8 * np.pi * 0.01 < volume < np.pi * 0.01
