import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from ccreid.datasets import decoding
from ccreid.datasets.decoding import ImageError, decode_image, image_size
from ccreid.datasets.images import read_image
from ccreid.datasets.part_maps import PartMapError, read_parts

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 4, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp"])
def test_pixels_come_as_they_were_saved(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(PIXELS).save(path, lossless=True)
    assert np.array_equal(decode_image(path, path.read_bytes()), PIXELS)
    assert image_size(path) == (6, 4)


@pytest.mark.answers("bad data", "a grey image, a palette, one bit a pixel")
@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.fromarray(PIXELS).convert(mode).save(path)
    decoded = decode_image(path, path.read_bytes())
    assert decoded.shape == (6, 4, 3)
    assert decoded.dtype == np.uint8


@pytest.mark.answers("bad data", "an image that is cut off anywhere")
@pytest.mark.answers("bad data", "an image of no bytes")
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp"])
def test_a_file_that_is_cut_off_is_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.tile(PIXELS, (8, 8, 1))).save(path)
    whole = path.read_bytes()
    for length in (0, 1, 10, 30, len(whole) // 2):
        with pytest.raises(ImageError, match=rf"a\{suffix} is broken or no image"):
            decode_image(path, whole[:length])


@pytest.mark.answers("bad data", "an image with any byte changed")
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


def _claiming(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and holds a few pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


@pytest.mark.answers("bad data", "an image of 30,000 x 30,000 pixels in a small file")
def test_an_image_of_900_million_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(_claiming(30_000, 30_000))
    for read in (lambda: decode_image(path, path.read_bytes()), lambda: read_image(path, 16, 8)):
        with pytest.raises(ImageError, match=r"a\.png is broken or no image \(Image size \(900000000 pixels\) exceeds"):
            read()
    with pytest.raises(PartMapError, match=r"a\.png cannot be read as a part map \(Image size \(900000000 pixels\)"):
        read_parts(path)


def test_an_image_too_large_to_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)
    with pytest.raises(ImageError, match="exceeds limit"):
        decode_image(tmp_path / "a.png", (tmp_path / "a.png").read_bytes())


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"there is no image .*a\.png"):
        image_size(tmp_path / "a.png")


@pytest.mark.answers("bad data", "an image that lies on its side")
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_photo_is_read_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    upright = np.zeros((16, 8, 3), np.uint8)
    upright[:4] = 250  # a bright head
    # How a camera stores the picture so that turning it by the orientation gives the upright one.
    undo = {1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: lambda a: a.swapaxes(0, 1)}
    undo |= {6: lambda a: np.rot90(a, 1), 7: lambda a: np.rot90(a.swapaxes(0, 1), 2), 8: lambda a: np.rot90(a, -1)}
    path = tmp_path / f"a{suffix}"
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.fromarray(np.ascontiguousarray(undo[orientation](upright))).save(path, exif=exif, quality=100)
    decoded = decode_image(path, path.read_bytes())
    assert decoded.shape == (16, 8, 3)
    assert image_size(path) == (16, 8)
    assert np.abs(decoded.astype(int) - upright).mean() < 5
    resized = read_image(path, 16, 8).permute(1, 2, 0).numpy()
    assert np.abs(resized.astype(int) - upright).mean() < 10


@pytest.mark.answers("bad data", "an image of 16 bits")
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_values_of_16_bits_are_scaled_by_their_range(tmp_path: Path, suffix: str) -> None:
    values = np.linspace(0, 65535, 24).astype(np.uint16).reshape(6, 4)
    path = tmp_path / f"a{suffix}"
    Image.fromarray(values).save(path)
    decoded = decode_image(path, path.read_bytes())
    assert np.abs(decoded[..., 0] - values / 257).max() <= 0.5
    assert (decoded[..., 0] == decoded[..., 2]).all()


@pytest.mark.parametrize("range_", [1.0, 255.0])
def test_floats_are_scaled_by_their_range(tmp_path: Path, range_: float) -> None:
    values = np.linspace(0, range_, 24, dtype=np.float32).reshape(6, 4)
    path = tmp_path / "a.tif"
    Image.fromarray(values).save(path)
    assert np.abs(decode_image(path, path.read_bytes())[..., 1] - values / range_ * 255).max() <= 0.5


def test_floats_that_are_no_numbers_are_black_or_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[np.nan, np.inf], [-np.inf, 0.5]], np.float32)).save(tmp_path / "a.tif")
    decoded = decode_image(tmp_path / "a.tif", (tmp_path / "a.tif").read_bytes())
    assert decoded[..., 0].tolist() == [[0, 255], [0, 128]]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_places_show_grey(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (4, 6), (255, 0, 0, 255))
    image.paste((0, 0, 255, 0), (0, 0, 4, 3))
    image.convert(mode).save(tmp_path / "a.png")
    decoded = decode_image(tmp_path / "a.png", (tmp_path / "a.png").read_bytes())
    assert np.abs(decoded[:3].astype(int) - 128).max() <= 2
    assert decoded[5, 0, 0] > decoded[5, 0, 2] or mode == "LA"


@pytest.mark.answers("bad data", "an animation")
@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_of_an_animation_the_first_frame_is_read(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (4, 6), colour) for colour in ((200, 0, 0), (0, 200, 0))]
    path = tmp_path / f"a{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True)
    assert decode_image(path, path.read_bytes())[0, 0].tolist() == [200, 0, 0]


@pytest.mark.parametrize("suffix", [".tif", ".gif", ".ppm", ".tga", ".avif", ".jp2"])
def test_other_formats_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    try:
        Image.new("RGB", (32, 48), (200, 40, 40)).save(path)
    except (KeyError, OSError):
        pytest.skip(f"this build of Pillow does not write {suffix}")
    decoded = decode_image(path, path.read_bytes())
    assert decoded.shape == (48, 32, 3)
    assert np.abs(decoded[20, 20].astype(int) - [200, 40, 40]).max() < 8


@pytest.mark.answers("bad data", "a CMYK image")
def test_a_cmyk_photo_keeps_its_colours(tmp_path: Path) -> None:
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=100)
    assert np.abs(decode_image(tmp_path / "a.jpg", (tmp_path / "a.jpg").read_bytes())[0, 0] - [255.0, 0, 0]).max() < 8


def test_a_heic_photo_without_its_reader_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_heif", lambda: False)
    with pytest.raises(ImageError, match=r"ccreid\[heic\]"):
        decode_image(tmp_path / "a.HEIC", b"")


def test_a_heic_photo_is_read_where_its_reader_is(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif", reason="pillow-heif comes with the extra heic")
    pillow_heif.register_heif_opener()
    path = tmp_path / "a.heic"
    Image.new("RGB", (32, 64), (200, 40, 40)).save(path)
    assert np.abs(decode_image(path, path.read_bytes())[20, 20].astype(int) - [200, 40, 40]).max() < 8
    assert image_size(path) == (64, 32)
