"""The body's arrays."""

import numpy as np
from closeness import assert_close

from ccreid.wardrobe.body import LOCAL_CHANGES, Body, FaceRegion


def test_arrays_fit_together(body: Body) -> None:
    vertices, bones, shapes = len(body.vertices), len(body.bone_names), len(body.shape_names)
    assert body.shapes.shape == (shapes, vertices, 3)
    assert body.bone_head_shapes.shape == (shapes, bones, 3)
    assert body.influences.max() < bones
    assert_close(body.weights.sum(axis=1), np.ones(vertices), terms=body.weights.shape[1])
    assert all(parent < bone for bone, parent in enumerate(body.bone_parents))
    for faces in (body.skin_faces, body.eye_faces, body.shell_faces):
        assert faces.min() >= 0 and faces.max() < vertices
    assert set(np.unique(body.skin_regions)) == set(FaceRegion)
    assert {f"{name}{sign}" for name in LOCAL_CHANGES for sign in "+-"} <= set(body.shape_names)


def test_only_adults_are_read(body: Body) -> None:
    assert not [name for name in body.shape_names if "baby" in name.split("-") or "child" in name.split("-")]


def test_the_body_stands_upright_in_metres_and_faces_minus_y(body: Body) -> None:
    assert 1.4 < np.ptp(body.vertices[:, 2]) < 2.0
    eyes = body.vertices[np.unique(body.eye_faces)]
    head = body.bone_heads[body.bone("head")]
    assert eyes[:, 1].mean() < head[1]
    assert body.bone_heads[body.bone("foot.L"), 0] > 0 > body.bone_heads[body.bone("foot.R"), 0]
