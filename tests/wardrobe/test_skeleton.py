"""Kinematics, skinning and normals against slow, obvious versions."""

from collections.abc import Callable

import numpy as np
import pytest
from closeness import assert_close

from ccreid.wardrobe.rotation import about_x, about_y, about_z, between
from ccreid.wardrobe.skeleton import bone_transforms, skin, vertex_normals


def slow_transforms(parents: np.ndarray, joints: np.ndarray, turns: np.ndarray, offset: np.ndarray) -> np.ndarray:
    def about(joint: np.ndarray, turn: np.ndarray) -> np.ndarray:
        matrix = np.eye(4)
        matrix[:3, :3] = turn
        matrix[:3, 3] = joint - turn @ joint
        return matrix

    world: list[np.ndarray] = []
    for bone, parent in enumerate(parents):
        above = world[parent] if parent >= 0 else np.block([[np.eye(3), offset[:, None]], [np.zeros(3), 1.0]])
        world.append(above @ about(joints[bone], turns[bone]))
    return np.stack(world)[:, :3]


def random_turns(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.stack([about_x(a) @ about_y(b) @ about_z(c) for a, b, c in rng.normal(size=(count, 3))])


@pytest.mark.parametrize("pose", [bone_transforms, bone_transforms.py_func], ids=["compiled", "python"])
def test_bones_turn_about_their_joints(pose: Callable[..., np.ndarray]) -> None:
    rng = np.random.default_rng(0)
    parents = np.array([-1, 0, 1, 1, 0, 4], dtype=np.int32)
    joints = rng.normal(size=(6, 3)).astype(np.float32)
    turns, offset = random_turns(rng, 6), rng.normal(size=3)
    assert_close(pose(parents, joints, turns, offset), slow_transforms(parents, joints, turns, offset), terms=4 * 4)


@pytest.mark.parametrize("pose", [skin, skin.py_func], ids=["compiled", "python"])
def test_skin_blends_the_bones_of_each_vertex(pose: Callable[..., np.ndarray]) -> None:
    rng = np.random.default_rng(1)
    vertices = rng.normal(size=(50, 3)).astype(np.float32)
    influences = rng.integers(0, 5, size=(50, 4)).astype(np.uint8)
    weights = rng.dirichlet(np.ones(4), size=50).astype(np.float32)
    transforms = rng.normal(size=(5, 3, 4))
    homogeneous = np.concatenate([vertices, np.ones((50, 1))], axis=1)
    slow = np.einsum("vk,vkij,vj->vi", weights, transforms[influences], homogeneous)
    assert_close(pose(vertices, influences, weights, transforms), slow, terms=4 * 4)


@pytest.mark.parametrize("pose", [vertex_normals, vertex_normals.py_func], ids=["compiled", "python"])
def test_normals_are_the_area_weighted_mean_of_the_faces(pose: Callable[..., np.ndarray]) -> None:
    rng = np.random.default_rng(2)
    vertices = rng.normal(size=(30, 3)).astype(np.float32)
    faces = rng.integers(0, 29, size=(60, 3)).astype(np.int32)
    slow = np.zeros((30, 3))
    for a, b, c in faces:
        for corner in (a, b, c):
            slow[corner] += np.cross(vertices[b] - vertices[a], vertices[c] - vertices[a])
    used = np.linalg.norm(slow, axis=1) > 1e-6
    slow[used] /= np.linalg.norm(slow[used], axis=1, keepdims=True)
    normals = pose(vertices, faces)
    assert_close(normals[used], slow[used], terms=60 * 3)
    np.testing.assert_array_equal(normals[29], (0.0, 0.0, 1.0))


def test_between_takes_one_direction_to_the_other() -> None:
    rng = np.random.default_rng(3)
    for start, end in rng.normal(size=(20, 2, 3)):
        turn = between(start, end)
        start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
        # Near the opposite direction there are many ways round, and the turn is a quotient of small numbers.
        size = 1 / (1 + start @ end)
        assert_close(turn @ start, end, terms=20, scale=size)
        assert_close(turn @ turn.T, np.eye(3), terms=20, scale=size)


def test_positive_angles_turn_as_documented() -> None:
    assert_close(about_x(np.pi / 2) @ (0, 0, 1), (0, -1, 0))
    assert_close(about_y(np.pi / 2) @ (0, 0, 1), (1, 0, 0))
    assert_close(about_z(np.pi / 2) @ (0, -1, 0), (1, 0, 0))
