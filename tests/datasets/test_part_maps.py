from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from ccreid.datasets.part_maps import PartMapError, read_parts, write_parts
from ccreid.parts import PALETTE


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 5)))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, parts: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("parts") / "a.png"
    write_parts(path, parts)
    assert np.array_equal(read_parts(path), parts)


def test_the_png_shows_the_parts_colours(tmp_path: Path) -> None:
    write_parts(tmp_path / "a.png", np.array([[3]], dtype=np.uint8))
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P"
        assert image.convert("RGB").getpixel((0, 0)) == PALETTE[3]
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_soft_mask_gives_the_most_probable_part(tmp_path: Path) -> None:
    mask = np.full((2, 2, 6), 0.1, dtype=np.float32)
    mask[0, 0, 4] = 0.5
    mask[1, 1, 2] = 0.9
    np.save(tmp_path / "a.npy", mask)
    assert read_parts(tmp_path / "a.npy").tolist() == [[4, 0], [0, 2]]


def test_a_value_that_is_no_part_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 17]], dtype=np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(PartMapError, match=r"a\.png: a part map holds 17"):
        read_parts(tmp_path / "a.png")


def test_a_colour_picture_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    with pytest.raises(PartMapError, match=r"a\.png is a picture of mode RGB"):
        read_parts(tmp_path / "a.png")


def test_a_mask_of_another_shape_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((4, 4, 18)))
    with pytest.raises(PartMapError, match=r"shape \(4, 4, 18\)"):
        read_parts(tmp_path / "a.npy")


def test_a_mask_of_no_numbers_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.full((4, 4, 6), np.nan))
    with pytest.raises(PartMapError, match="no numbers"):
        read_parts(tmp_path / "a.npy")


@pytest.mark.parametrize(("parts", "wrong"), [(np.full((2, 2), 6), "holds 6"), (np.full((2, 2), -1), "holds -1")])
def test_only_parts_are_written(tmp_path: Path, parts: np.ndarray, wrong: str) -> None:
    with pytest.raises(PartMapError, match=wrong):
        write_parts(tmp_path / "a.png", parts)
    with pytest.raises(PartMapError, match=r"shape \(1, 2, 2\)"):
        write_parts(tmp_path / "a.png", parts[None])
    assert not list(tmp_path.iterdir())


def test_a_greyscale_png_is_read(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 5]], dtype=np.uint8)).save(tmp_path / "a.png")
    assert read_parts(tmp_path / "a.png").tolist() == [[0, 5]]


@pytest.mark.parametrize("name", ["a.png", "a.npy"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"nothing")
    with pytest.raises(PartMapError, match=f"{name} cannot be read"):
        read_parts(tmp_path / name)
    with pytest.raises(PartMapError, match="cannot be read"):
        read_parts(tmp_path / f"missing_{name}")
