from extras import needs

needs("web")

import hashlib
import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from ccreid.app.serve import photo
from ccreid.app.serve.photo import TooLargeError, checked_photo, gallery_photo
from ccreid.datasets.decoding import ImageError
from ccreid.errors import MissingFileError
from ccreid.retrieval.entry import Entry


def _png(width: int, height: int) -> bytes:
    """Return a PNG that says its size and has a few pixels."""
    head, pixels = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), zlib.compress(bytes(1000))
    chunks = [(b"IHDR", head), (b"IDAT", pixels), (b"IEND", b"")]
    whole = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(whole)


def _saved(form: str, size: tuple[int, int] = (40, 60), **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.answers("security", "an upload of too many pixels")
@pytest.mark.parametrize("size", [(8001, 8000), (100_000, 100_000), (2**31 - 1, 1)])
def test_a_photo_of_too_many_pixels_is_refused_before_it_is_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(TooLargeError, match=r"bomb\.png has more than 64 million pixels"):
        checked_photo("bomb.png", _png(*size))


def test_a_photo_of_too_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo, "MOST_BYTES", 100)
    with pytest.raises(TooLargeError, match=r"a\.png has more than"):
        checked_photo("a.png", _saved("PNG"))


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", _saved("JPEG")[:8]])
def test_what_is_no_photo_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(ImageError, match=r"notes\.txt is broken or no image"):
        checked_photo("notes.txt", data)


@pytest.mark.answers("security", "an upload whose format starts another program")
def test_formats_that_other_programs_read_are_refused() -> None:
    with pytest.raises(ImageError, match=r"a\.jpg is a EPS file"):
        checked_photo("a.jpg", _saved("EPS"))


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("a\nb\0c.jpg", "a b c.jpg"),
        ("", "the photo"),
        ("x" * 200 + ".jpg", "x" * 76 + ".jpg"),
    ],
)
def test_names_are_those_of_the_file_alone(sent: str, name: str) -> None:
    assert checked_photo(sent, _saved("PNG")).name == name


def test_a_photo_is_upright_and_as_small_as_is_asked_for() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = checked_photo("a.jpg", _saved("JPEG", (600, 300), exif=exif))
    assert sideways.pixels(100).shape == (100, 50, 3)
    assert checked_photo("a.png", _saved("PNG")).pixels(100).shape == (60, 40, 3)
    np.testing.assert_array_equal(checked_photo("a.png", _saved("PNG")).pixels(100)[0, 0], (200, 30, 30))


def test_a_photo_of_the_gallery_that_is_gone_or_too_large_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = Entry(hashlib.sha256(_saved("PNG")).hexdigest(), str(tmp_path / "a.png"))
    with pytest.raises(MissingFileError, match=r"the file of a\.png is no longer"):
        gallery_photo(entry, "people.parquet")
    (tmp_path / "a.png").write_bytes(_saved("PNG"))
    assert gallery_photo(entry, "people.parquet").pixels(100).shape == (60, 40, 3)
    with pytest.raises(MissingFileError, match=r"the file of a\.png is not the one that was embedded"):
        gallery_photo(replace(entry, id="0" * 64), "people.parquet")
    monkeypatch.setattr(photo, "MOST_BYTES", 10)
    with pytest.raises(TooLargeError, match=r"a\.png"):
        gallery_photo(entry, "people.parquet")
