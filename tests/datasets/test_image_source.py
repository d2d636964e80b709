from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.image_source import each_source, own_size_tensor, source_pixels, source_tensor
from ccreid.datasets.image_tree import find_images
from ccreid.datasets.images import read_image

PIXELS = np.random.default_rng(0).integers(0, 256, (30, 20, 3), dtype=np.uint8)


def test_all_kinds_of_one_image_have_the_same_pixels(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    for source in (tmp_path / "a.png", str(tmp_path / "a.png"), Image.fromarray(PIXELS), PIXELS):
        assert np.array_equal(source_pixels(source), PIXELS)
        assert torch.equal(own_size_tensor(source), torch.from_numpy(PIXELS).permute(2, 0, 1))
        assert torch.equal(source_tensor(source, 16, 8), read_image(tmp_path / "a.png", 16, 8))


def test_images_of_other_modes_become_rgb() -> None:
    grey = Image.fromarray(PIXELS).convert("L")
    assert np.array_equal(source_pixels(grey), np.array(grey.convert("RGB")))


@pytest.mark.parametrize("array", [PIXELS[..., 0], PIXELS / 255, PIXELS[:0], PIXELS[..., :2], PIXELS.astype(np.int32)])
def test_an_array_of_another_shape_or_type_is_named_by_its_place(array: np.ndarray) -> None:
    with pytest.raises(ImageError, match=r"image 4 is an array of .* expected uint8 RGB \(H, W, 3\)"):
        source_pixels(array, 4)


def test_an_opened_image_whose_file_is_cut_off_is_named(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    with Image.open(tmp_path / "a.png") as opened, pytest.raises(ImageError, match=r"a\.png is broken"):
        source_pixels(opened)


def test_one_image_and_many_are_counted_where_that_can_be(tmp_path: Path) -> None:
    for one in (tmp_path / "a.png", "a.png", Image.fromarray(PIXELS), PIXELS):
        sources, count = each_source(one)
        assert (len([*sources]), count) == (1, 1)
    assert each_source(["a.png", PIXELS])[1] == 2
    assert each_source(np.stack([PIXELS] * 3))[1] == 3
    assert each_source(iter(["a.png"]))[1] is None


def test_pixels_are_copied_as_they_are_reached() -> None:
    mine = PIXELS.copy()
    (held,) = each_source([mine])[0]
    mine[:] = 0
    assert np.array_equal(source_pixels(held), PIXELS)


def test_a_folder_is_the_images_in_it(tmp_path: Path) -> None:
    for name in ("b.png", "deep/a.png", "a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 8)).save(tmp_path / name)
    (tmp_path / "notes.txt").touch()
    sources, count = each_source(tmp_path)
    assert count == 3
    assert list(sources) == find_images(tmp_path)
    with pytest.raises(ImageError, match=f"{tmp_path} is a folder, expected an image"):
        source_pixels(tmp_path)
