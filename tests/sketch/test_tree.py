from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from parsing.make_images import files_of, make_images
from PIL import Image

from ccreid.datasets.image_tree import ImageTreeError, TreeReport
from ccreid.sketch import tree as module
from ccreid.sketch.hed_network import HED
from ccreid.sketch.tree import sketch_tree

DETECTOR: HED = None  # type: ignore[assignment]  # what draws is replaced below


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Draw the red channel; return the sizes of the batches."""
    sizes: list[int] = []

    def reds(detector: HED, images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        sizes.append(len(images))
        return [np.ascontiguousarray(image[..., 0]) for image in images]

    monkeypatch.setattr(module, "draw_sketches", reds)
    return sizes


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    """Seven JPEG and PNG images among others."""
    return [path for path in make_images(tmp_path / "rgb") if path.suffix.lower() in {".jpg", ".jpeg", ".png"}]


def _sketch(tmp_path: Path, fingerprint: str = "hed", batch: int = 3, overwrite: bool = False) -> TreeReport:
    return sketch_tree(tmp_path / "rgb", tmp_path / "out", DETECTOR, fingerprint, batch=batch, overwrite=overwrite)


def test_every_jpeg_and_png_has_a_sketch_of_its_folder_name_and_size(
    tmp_path: Path, images: list[Path], drawn: list[int]
) -> None:
    report = _sketch(tmp_path)
    assert (report.written, report.skipped, report.broken) == (7, 0, ())
    assert "drew 7 sketches into" in str(report)
    assert drawn == [3, 3, 1]
    assert {tmp_path / "rgb" / name for name in files_of(tmp_path / "out")} == set(images)
    for path in images:
        with Image.open(path) as image, Image.open(tmp_path / "out" / path.relative_to(tmp_path / "rgb")) as sketch:
            assert sketch.size == image.size
            assert sketch.format == image.format
            if image.format == "PNG":
                assert np.array_equal(np.array(sketch), np.array(image)[..., 0])


def test_sketches_that_are_there_are_kept(tmp_path: Path, images: list[Path], drawn: list[int]) -> None:
    _sketch(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("[!.]*.*")}
    report = _sketch(tmp_path)
    assert (report.written, report.skipped) == (0, 7)
    assert "is complete already: 7 sketches" in str(report)
    assert drawn[3:] == [0, 0, 0]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("[!.]*.*")} == times


def test_what_is_missing_damaged_or_of_another_image_is_made_anew(tmp_path: Path, images: list[Path]) -> None:
    _sketch(tmp_path)
    before = files_of(tmp_path / "out")
    missing, damaged, changed = (tmp_path / "out" / path.relative_to(tmp_path / "rgb") for path in images[:3])
    missing.unlink()
    damaged.write_bytes(damaged.read_bytes()[:-30])
    assert _sketch(tmp_path).written == 2
    assert files_of(tmp_path / "out") == before
    Image.new("RGB", (5, 8), (9, 9, 9)).save(images[2])
    assert _sketch(tmp_path).written == 1
    assert changed.read_bytes() != before[changed.relative_to(tmp_path / "out").as_posix()]


def test_another_detector_draws_all_anew(tmp_path: Path, images: list[Path]) -> None:
    _sketch(tmp_path)
    assert _sketch(tmp_path, fingerprint="other").written == 7


def test_an_interrupted_call_keeps_what_was_drawn(
    tmp_path: Path, images: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = module.draw_sketches
    calls = iter([draw, draw])

    def interrupted(detector: HED, batch: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        for call in calls:
            return call(detector, batch)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "draw_sketches", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _sketch(tmp_path)
    monkeypatch.setattr(module, "draw_sketches", draw)
    report = _sketch(tmp_path)
    assert (report.written, report.skipped) == (1, 6)
    assert "kept 6" in str(report)


def test_broken_images_are_listed_and_the_rest_is_drawn(tmp_path: Path, images: list[Path]) -> None:
    images[1].write_bytes(b"nothing")
    (tmp_path / "rgb" / "zz.jpg").symlink_to(tmp_path / "nowhere.jpg")
    report = _sketch(tmp_path)
    assert [broken.path for broken in report.broken] == [images[1], tmp_path / "rgb" / "zz.jpg"]
    assert all(str(broken.path) in broken.reason for broken in report.broken)
    assert (report.written, report.skipped) == (6, 0)
    assert "2 broken, without a sketch" in str(report)


def test_sketches_of_someone_else_stay_unless_allowed(tmp_path: Path, images: list[Path]) -> None:
    theirs = tmp_path / "out" / images[4].relative_to(tmp_path / "rgb")
    theirs.parent.mkdir(parents=True)
    Image.new("L", (7, 9), 255).save(theirs)
    before = theirs.read_bytes()
    with pytest.raises(ImageTreeError, match=f"{theirs.name} would be overwritten .*--overwrite"):
        _sketch(tmp_path)
    assert files_of(tmp_path / "out") == {theirs.relative_to(tmp_path / "out").as_posix(): before}
    assert _sketch(tmp_path, overwrite=True).written == 7


def test_folders_that_do_not_do_are_named(tmp_path: Path, images: list[Path]) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    rgb = tmp_path / "rgb"
    for source, out, message in [
        (tmp_path / "nowhere", tmp_path / "out", "nowhere does not exist"),
        (tmp_path / "file", tmp_path / "out", "file is a file, expected a folder"),
        (rgb, tmp_path / "file", "file is a file, expected a folder to write to"),
        (tmp_path / "empty", tmp_path / "out", r"empty holds no images \(\.jpg, \.jpeg, \.png\)"),
        (rgb, rgb / "sketch", "is inside .*choose a folder beside it"),
        (tmp_path, tmp_path / "sketch", "is inside .*give .*rgb to be drawn"),
    ]:
        with pytest.raises(ImageTreeError, match=message):
            sketch_tree(source, out, DETECTOR, "hed")
    with pytest.raises(ImageTreeError, match="batch is 0"):
        _sketch(tmp_path, batch=0)
    assert not (tmp_path / "out").exists()
