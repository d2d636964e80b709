"""Anyone's photos through the commands, as a newcomer would give them."""

from pathlib import Path

import pytest
from datasets.make_photos import make_people, make_table

from ccreid.app.cli import main

pytestmark = pytest.mark.slow

SMALL = ("--data.height", "32", "--data.width", "16", "--data.identities", "2", "--data.instances", "2")
FAST = ("--model.backbone", "resnet18", "--model.weights", "none", "--schedule.epochs", "1", "--data.workers", "0")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _train(root: str, *more: str) -> int:
    return main(["train", "baseline", "--data.root", root, *SMALL, *FAST, "--trainer.accelerator", "cpu", *more])


def test_a_folder_of_people_is_trained_on_and_evaluated(capsys: pytest.CaptureFixture[str]) -> None:
    root = make_people(Path("photos"), tuple("abcdefg"))
    (root / "notes.txt").write_text("notes")
    assert _train("photos") == 0
    said = capsys.readouterr()
    assert "left out 1 of photos: 1 a file outside of a person's folder" in said.err
    assert "cross" in said.out
    assert "standard" in said.out
    assert main(["evaluate", "runs/baseline/seed0"]) == 0
    assert main(["pack", "photos", "--height", "32", "--width", "16"]) == 0


def test_the_same_photos_as_a_table_give_the_same_rows(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"), tuple("abcdefg"))
    assert main(["convert", "photos", "table.csv"]) == 0
    assert "wrote 28 images of photos to table.csv" in capsys.readouterr().out
    assert _train("photos", "--out", "folder") == 0
    assert main(["evaluate", "folder", "--json"]) == 0
    of_folder = capsys.readouterr().out.partition("[")[2].replace('"people"', '"table"')
    assert main(["evaluate", "folder", "--data", "table.csv", "--json", "--out", "results.json"]) == 0
    assert capsys.readouterr().out.partition("[")[2] == of_folder


def test_broken_photos_are_all_named_before_training_and_before_evaluation(capsys: pytest.CaptureFixture[str]) -> None:
    root = make_people(Path("photos"), tuple("abcdefg"))
    assert _train("photos") == 0
    photos = sorted(root.glob("*/suit/1.jpg"))
    for photo in photos:
        photo.write_bytes(b"")
    assert _train("photos", "--out", "again") == 1
    said = capsys.readouterr().err
    assert "7 of 28 images or their part maps cannot be used" in said
    assert all(str(photo) in said for photo in photos)
    assert not Path("again").exists()
    assert main(["evaluate", "runs/baseline/seed0"]) == 1
    assert "2 of 8 images" in capsys.readouterr().err


def test_a_table_is_trained_on(capsys: pytest.CaptureFixture[str]) -> None:
    make_table(Path("photos"), people=8)
    assert _train("photos/images.csv") == 0
    assert "photos/images.csv" in capsys.readouterr().out


def test_a_table_that_would_be_neither_csv_nor_parquet_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"))
    assert main(["convert", "photos", "table.xlsx"]) == 1
    assert "table.xlsx is neither a .csv nor a .parquet file" in capsys.readouterr().err
