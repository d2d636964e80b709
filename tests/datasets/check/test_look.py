from extras import needs

needs("check")

import sys
from pathlib import Path

import numpy as np
import pytest
from datasets.check.make_faulty import altered, scene
from PIL import Image

from ccreid.datasets.check.look import Look, look_at
from ccreid.datasets.record import ImageRecord
from ccreid.errors import MissingExtraError


def _record(path: Path) -> ImageRecord:
    return ImageRecord(path, None, 1, "", None, 0)


def _look(path: Path) -> Look:
    (look,) = look_at([_record(path)])
    return look


def _bits_apart(one: Look, other: Look) -> int:
    both = (np.frombuffer(look.hash, dtype=np.uint8) for look in (one, other))
    return int(np.unpackbits(np.bitwise_xor(*both)).sum())


def test_equal_pixels_have_equal_digests_whatever_the_file(tmp_path: Path) -> None:
    scene(1).save(tmp_path / "a.png")
    scene(1).save(tmp_path / "b.bmp")
    scene(2).save(tmp_path / "c.png")
    scene(1).resize((64, 127)).save(tmp_path / "d.png")
    digests = [look.digest for look in look_at([_record(path) for path in sorted(tmp_path.iterdir())])]
    assert digests[0] == digests[1]
    assert len({*digests}) == 3


def test_altered_copies_have_near_hashes_and_other_pictures_do_not(tmp_path: Path) -> None:
    for number in range(10):
        scene(number).save(tmp_path / "a.jpg")
        altered(scene(number)).save(tmp_path / "b.jpg", quality=60)
        scene(number + 100).save(tmp_path / "c.jpg")
        one, copy, other = (_look(tmp_path / name) for name in ("a.jpg", "b.jpg", "c.jpg"))
        assert _bits_apart(one, copy) <= 60
        assert _bits_apart(one, other) > 76


def test_sizes_are_those_of_the_upright_image_of_a_photo_that_is_decoded_smaller(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 8
    scene(1, 1500, 1100).save(tmp_path / "photo.jpg", exif=exif)
    look = _look(tmp_path / "photo.jpg")
    assert (look.height, look.width, look.turned) == (1500, 1100, True)


def test_one_colour_is_blank_and_little_contrast_is_not(tmp_path: Path) -> None:
    Image.new("RGB", (20, 40), (255, 0, 0)).save(tmp_path / "red.jpg")
    faint = Image.new("RGB", (20, 40), (100, 100, 100))
    faint.putpixel((3, 3), (100, 110, 100))
    faint.save(tmp_path / "faint.png")
    assert _look(tmp_path / "red.jpg").blank
    assert not _look(tmp_path / "faint.png").blank


def test_the_missing_extra_is_named_before_an_image_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagehash", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ccreid\[check\]'"):
        look_at([_record(tmp_path / "absent.jpg")])
