from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.image_source import own_size_tensor, source_pixels, source_tensor
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
