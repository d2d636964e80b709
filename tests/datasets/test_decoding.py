from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ccreid.datasets.decoding import ImageError, decode_image, image_size

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 4, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp"])
def test_pixels_come_as_they_were_saved(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(PIXELS).save(path, lossless=True)
    assert np.array_equal(decode_image(path, path.read_bytes()), PIXELS)
    assert image_size(path) == (6, 4)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.fromarray(PIXELS).convert(mode).save(path)
    decoded = decode_image(path, path.read_bytes())
    assert decoded.shape == (6, 4, 3)
    assert decoded.dtype == np.uint8


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp"])
def test_a_file_that_is_cut_off_is_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.tile(PIXELS, (8, 8, 1))).save(path)
    whole = path.read_bytes()
    for length in (0, 1, 10, 30, len(whole) // 2):
        with pytest.raises(ImageError, match=rf"a\{suffix} is broken or no image"):
            decode_image(path, whole[:length])


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp"])
def test_damage_is_an_image_error_and_nothing_else(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # a changed size must not take long
    path = tmp_path / f"a{suffix}"
    Image.fromarray(PIXELS).save(path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 2):
        for value in (0, 127, 255):
            try:
                decode_image(path, whole[:place] + bytes([value]) + whole[place + 1 :])
            except ImageError as error:
                assert path.name in str(error)


def test_an_image_too_large_to_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)
    with pytest.raises(ImageError, match="exceeds limit"):
        decode_image(tmp_path / "a.png", (tmp_path / "a.png").read_bytes())


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"there is no image .*a\.png"):
        image_size(tmp_path / "a.png")
