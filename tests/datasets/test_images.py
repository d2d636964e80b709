from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets.make_prcc import make_prcc
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.image_source import own_size_tensor
from ccreid.datasets.images import read_image, read_pair
from ccreid.datasets.part_maps import PartMapError, read_parts, write_parts
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord


def test_an_image_is_rgb_of_the_size_asked_for(tmp_path: Path) -> None:
    pixels = np.zeros((40, 20, 3), dtype=np.uint8)
    pixels[..., 0] = 250
    Image.fromarray(pixels).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png", 16, 8)
    assert image.shape == (3, 16, 8)
    assert image.dtype == torch.uint8
    assert image.is_contiguous()
    assert image[:, 3, 3].tolist() == [250, 0, 0]


@pytest.mark.parametrize("mode", ["L", "P", "RGBA"])
def test_other_modes_become_rgb(tmp_path: Path, mode: str) -> None:
    Image.new("L", (8, 16), 90).convert(mode).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png", 16, 8)[:, 0, 0].tolist() == [90, 90, 90]


def test_an_image_of_the_right_size_keeps_its_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert torch.equal(read_image(tmp_path / "a.png", 16, 8), torch.from_numpy(pixels).permute(2, 0, 1))


def test_an_image_as_it_is_keeps_its_size_and_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 9, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert torch.equal(own_size_tensor(tmp_path / "a.png"), torch.from_numpy(pixels).permute(2, 0, 1))
    for name, fault in (("b.png", "is broken"), ("c.png", "there is no image")):
        (tmp_path / "b.png").write_bytes(b"no image")
        with pytest.raises(ImageError, match=fault):
            own_size_tensor(tmp_path / name)


def test_a_large_jpeg_shrinks_as_if_decoded_in_full(tmp_path: Path) -> None:
    small = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 8, 3), dtype=np.uint8))
    small.resize((256, 512), Image.Resampling.BICUBIC).save(tmp_path / "a.jpg", quality=95)
    with Image.open(tmp_path / "a.jpg") as image:
        full = np.array(image.resize((16, 32), Image.Resampling.BILINEAR)).astype(int)
    quick = read_image(tmp_path / "a.jpg", 32, 16).permute(1, 2, 0).numpy().astype(int)
    assert np.abs(full - quick).mean() < 4


def test_image_and_parts_are_resized_together(tmp_path: Path) -> None:
    record = PRCC(make_prcc(tmp_path, size=(64, 32))).train[0]
    image, parts = read_pair(record, 32, 16)
    assert image.shape == (3, 32, 16)
    assert parts.shape == (32, 16)
    assert parts.dtype == torch.uint8
    assert torch.equal(image, read_image(record.image, 32, 16))
    assert parts[2, 8] == 1
    assert parts[12, 8] == 2
    assert parts[24, 8] == 3


@pytest.mark.slow
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_each_part_pixel_is_one_that_it_covers(
    tmp_path_factory: pytest.TempPathFactory, height: int, width: int, new_height: int, new_width: int, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    Image.new("RGB", (width, height)).save(folder / "a.png")
    before = np.random.default_rng(seed).integers(0, 6, (height, width), dtype=np.uint8)
    write_parts(folder / "parts.png", before)
    record = ImageRecord(folder / "a.png", folder / "parts.png", 1, "A", None, 1)
    after = read_pair(record, new_height, new_width)[1]
    for row in range(new_height):
        for column in range(new_width):
            # Its centre lies in this pixel; on an edge between two, rounding decides.
            y, x = (row + 0.5) * height / new_height, (column + 0.5) * width / new_width
            rows = {int(min(y + e, height - 1e-6)) for e in (-1e-6, 1e-6)}
            columns = {int(min(x + e, width - 1e-6)) for e in (-1e-6, 1e-6)}
            assert int(after[row, column]) in {int(before[r, c]) for r in rows for c in columns}


def test_an_image_without_parts_is_background(tmp_path: Path) -> None:
    record = PRCC(make_prcc(tmp_path, parts=None), parts="none").train[0]
    parts = read_pair(record, 32, 16)[1]
    assert parts.shape == (32, 16)
    assert not parts.any()


def test_soft_masks_may_differ_in_size_from_the_image(tmp_path: Path) -> None:
    record = PRCC(make_prcc(tmp_path, parts="npy")).train[0]
    assert record.parts is not None
    halves = np.repeat([4, 5], 128)[:, None].repeat(128, 1)
    np.save(record.parts, np.eye(6, dtype=np.float32)[halves])
    parts = read_pair(record, 32, 16)[1]
    assert (parts[:16] == 4).all()
    assert (parts[16:] == 5).all()


def test_a_part_map_of_another_size_names_both(tmp_path: Path) -> None:
    record = PRCC(make_prcc(tmp_path)).train[0]
    assert record.parts is not None
    write_parts(record.parts, np.zeros((20, 10), dtype=np.uint8))
    with pytest.raises(PartMapError, match=rf"{record.parts} is 20x10 .* {record.image} is 32x16"):
        read_pair(record, 32, 16)
    assert read_parts(record.parts).shape == (20, 10)


def test_a_broken_or_missing_image_is_named(tmp_path: Path) -> None:
    record = PRCC(make_prcc(tmp_path)).train[0]
    whole = record.image.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:20], b"", b"no image"):
        record.image.write_bytes(content)
        with pytest.raises(ImageError, match=f"{record.image} is broken"):
            read_pair(record, 32, 16)
    with pytest.raises(ImageError, match=r"there is no image .*missing\.jpg"):
        read_pair(replace(record, image=tmp_path / "missing.jpg"), 32, 16)
