import re
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from extras import needs
from PIL import Image

from ccreid.errors import MissingExtraError
from ccreid.figures.drawing import Drawing, Picture, Plot, Words, check_picture_path, save_picture

_PLAIN = Drawing(4, 4, (Picture(0, 0, Image.new("RGB", (4, 4))),))


def _noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def _drawing() -> Drawing:
    plot = Plot(60, 10, 100, 60, lambda axes: axes.plot([0, 1], [2, 3], label="line") and None)
    return Drawing(180, 100, (Picture(4, 5, _noise(30, 20)), Words(90, 80, "a line of words", 13, "mt"), plot))


def test_pictures_stand_pixel_by_pixel_where_they_were_put() -> None:
    needs("figures")  # for the plot among them
    image = _drawing().image()
    assert image.size == (180, 100)
    assert np.array_equal(np.asarray(image)[5:25, 4:34], np.asarray(_noise(30, 20)))
    assert image.getpixel((2, 2)) == (255, 255, 255)


def test_words_stand_below_the_point_that_they_hang_from() -> None:
    ink = np.argwhere(np.asarray(Drawing(120, 60, (Words(60, 20, "xxx", 13, "mt"),)).image())[..., 0] < 200)
    assert ink[:, 0].min() >= 20
    assert abs(ink[:, 1].mean() - 60) < 2


def test_the_frame_of_a_plot_stands_where_it_was_put() -> None:
    needs("figures")
    pixels = np.asarray(_drawing().image().convert("L")).astype(int)
    for row in (10, 70):
        assert pixels[row - 1 : row + 2, 65:155].min(axis=0).max() < 150
    for column in (60, 160):
        assert pixels[15:65, column - 1 : column + 2].min(axis=1).max() < 150


def test_an_svg_has_its_words_as_text_and_is_the_same_file_each_time(tmp_path: Path) -> None:
    needs("figures")
    for name in ("one.svg", "other.svg"):
        save_picture(_drawing(), tmp_path / name)
    assert ">a line of words<" in (tmp_path / "one.svg").read_text()
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()


def _pdf_streams(content: bytes) -> list[tuple[bytes, bytes]]:
    """Return the head and the content of each stream of a PDF."""
    found = re.findall(rb"<<([^<>]*(?:<<[^<>]*>>[^<>]*)*)>>\s*stream\r?\n(.*?)\nendstream", content, re.DOTALL)
    return [(head, zlib.decompress(data) if b"FlateDecode" in head else data) for head, data in found]


@pytest.mark.slow
def test_a_pdf_has_its_pictures_as_they_are_and_its_words_as_text(tmp_path: Path) -> None:
    needs("figures")
    save_picture(_drawing(), tmp_path / "shown.pdf")
    content = (tmp_path / "shown.pdf").read_bytes()
    assert b"DCTDecode" not in content  # a JPEG
    streams = _pdf_streams(content)
    pictures = [head for head, _ in streams if b"/Image" in head]
    assert len(pictures) == 1
    assert b"/Width 30" in pictures[0]
    assert b"/Height 20" in pictures[0]
    assert any(b"Tj" in data or b"TJ" in data for _, data in streams)
    save_picture(_drawing(), tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == content


def test_what_matplotlib_draws_names_its_extra_where_it_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"ccreid\[figures\]"):
        save_picture(_drawing(), tmp_path / "shown.png")
    without = Drawing(20, 20, (Picture(0, 0, _noise(5, 5)), Words(10, 10, "x", 13, "mm")))
    save_picture(without, tmp_path / "shown.png")
    with pytest.raises(MissingExtraError, match="matplotlib"):
        save_picture(without, tmp_path / "shown.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["shown.png"]


def test_a_saved_picture_leaves_no_temporary_file(tmp_path: Path) -> None:
    save_picture(_PLAIN, tmp_path / "new" / "shown.png")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["shown.png"]


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".JPG", b"\xff\xd8")])
def test_a_picture_has_the_format_of_its_name(tmp_path: Path, suffix: str, start: bytes) -> None:
    if suffix == ".pdf":
        needs("figures")
    save_picture(_PLAIN, tmp_path / f"shown{suffix}")
    assert (tmp_path / f"shown{suffix}").read_bytes().startswith(start)


def test_a_name_without_a_known_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"other\.gif has no format"):
        check_picture_path(tmp_path / "other.gif")
    with pytest.raises(ValueError, match=r"shown\.gif has no format"):
        save_picture(_PLAIN, tmp_path / "shown.gif")
    assert not list(tmp_path.iterdir())
