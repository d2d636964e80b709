import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from ccreid.datasets.part_maps import (
    PartMapError,
    PngError,
    encode_parts,
    read_parts,
    read_png_text,
    write_parts,
    write_png,
)
from ccreid.parts import PALETTE


@pytest.mark.slow
@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 5)))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, parts: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("parts") / "a.png"
    write_parts(path, parts)
    assert np.array_equal(read_parts(path), parts)


def test_what_is_encoded_is_what_is_written(tmp_path: Path) -> None:
    parts = np.arange(6, dtype=np.uint8).reshape(2, 3)
    write_parts(tmp_path / "a.png", parts)
    assert encode_parts(tmp_path / "b.png", parts) == (tmp_path / "a.png").read_bytes()
    with pytest.raises(PartMapError, match=r"b\.png: a part map holds 6"):
        encode_parts(tmp_path / "b.png", parts + 1)


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


PICTURE = Image.fromarray(np.arange(96, dtype=np.uint8).reshape(8, 12))
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
@settings(max_examples=30)
@given(WORDS, WORDS)
def test_text_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, one: str, two: str) -> None:
    path = tmp_path_factory.mktemp("png") / "a.png"
    write_png(path, PICTURE, {"one": one, "two": two})
    assert read_png_text(path) == {"one": one, "two": two}
    with Image.open(path) as image:
        assert np.array_equal(np.array(image), np.array(PICTURE))


def test_without_text_the_file_is_what_pillow_writes(tmp_path: Path) -> None:
    write_png(tmp_path / "deep" / "a.png", PICTURE)
    plain = io.BytesIO()
    PICTURE.save(plain, format="PNG")
    assert (tmp_path / "deep" / "a.png").read_bytes() == plain.getvalue()
    assert _names(tmp_path / "deep") == ["a.png"]


def test_a_file_that_is_cut_off_anywhere_is_no_whole_png(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_png(path, PICTURE, {"key": "value"})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(PngError, match=r"a\.png is no whole PNG"):
            read_png_text(path)


def test_a_file_with_any_byte_changed_is_no_whole_png(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_png(path, PICTURE, {"key": "value"})
    whole = path.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        path.write_bytes(changed)
        with pytest.raises(PngError):
            read_png_text(path)


def test_another_kind_of_picture_is_no_png(tmp_path: Path) -> None:
    PICTURE.save(tmp_path / "a.png", format="JPEG")
    with pytest.raises(PngError):
        read_png_text(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError):
        read_png_text(tmp_path / "b.png")


def test_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: write_png(tmp_path / "a.png", PICTURE, {"key": "value"}), range(64)))
    assert read_png_text(tmp_path / "a.png") == {"key": "value"}
    assert _names(tmp_path) == ["a.png"]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_png(tmp_path / "a.png", PICTURE)
    before = (tmp_path / "a.png").read_bytes()

    def full(self: Image.Image, path: Path, **_: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match="No space left"):
        write_png(tmp_path / "a.png", PICTURE)
    assert (tmp_path / "a.png").read_bytes() == before
    assert _names(tmp_path) == ["a.png"]


def _header(shape: tuple[int, ...], kind: str = "<f4") -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": kind, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def _archive() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, np.zeros(3))
    return buffer.getvalue()


@pytest.mark.answers("bad data", "a soft mask that claims more than memory holds, or is another file of NumPy's")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_header((10**6, 10**6, 6)), "cannot be read as a soft mask"),
        (_header((2**62, 2**62, 6)), "cannot be read as a soft mask"),
        (_header((1, 1, 6), "<U4") + bytes(96), "holds values of <U4, expected one array of numbers"),
        (_header((1, 1, 6), "<M8[s]") + bytes(48), "holds values of datetime64"),
        (_archive(), "holds an archive of arrays"),
        (b"PK\x03\x04", "cannot be read as a soft mask"),
        (b"", "cannot be read as a soft mask"),
    ],
)
def test_another_array_than_a_soft_mask_is_named(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(PartMapError, match=rf"a\.npy {said}"):
        read_parts(tmp_path / "a.npy")
