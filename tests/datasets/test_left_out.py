from pathlib import Path

import pytest
from datasets.make_photos import make_people

from ccreid.datasets.decoding import IMAGE_SUFFIXES
from ccreid.datasets.left_out import say_left_out, say_passed_over
from ccreid.datasets.open_data import open_data_set


def test_what_a_data_set_leaves_out_is_one_line_and_the_data_set_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_people(tmp_path)
    data = open_data_set(tmp_path)
    assert say_left_out(data) is data
    assert capsys.readouterr().err == ""
    (tmp_path / "walk.mp4").write_bytes(b"x")
    (tmp_path / "alice" / "notes.txt").write_bytes(b"x")
    say_left_out(open_data_set(tmp_path))
    reasons = "1 a file outside of a person's folder; 1 no image by its ending"
    assert capsys.readouterr().err == f"left out 2 of {tmp_path}: {reasons}\n"


def test_files_that_are_no_images_are_counted_by_their_ending(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("a.JPG", "b.txt", "deep/c.TXT", "deep/er/d.mp4", "README", ".hidden.txt", "deep/._c.txt"):
        (tmp_path / name).write_bytes(b"x")
    say_passed_over(tmp_path, IMAGE_SUFFIXES)
    said = capsys.readouterr().err
    assert said.startswith(f"passed over 4 files of {tmp_path} that are no images: 2 .txt, ")
    assert "1 .mp4" in said
    assert "1 without an ending" in said
    say_passed_over(tmp_path / "nowhere", IMAGE_SUFFIXES)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpeg").write_bytes(b"x")
    say_passed_over(tmp_path / "photos", IMAGE_SUFFIXES)
    assert capsys.readouterr().err == ""
