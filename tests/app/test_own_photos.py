"""Anyone's photos through the commands, as a newcomer would give them."""

from pathlib import Path

import numpy as np
import pytest
from datasets.make_market1501 import make_market1501
from datasets.make_photos import make_people, make_table
from PIL import ExifTags, Image

from ccreid.app.cli import main
from ccreid.datasets.decoding import decode_image
from ccreid.datasets.market1501 import Market1501

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow")]

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


@pytest.mark.answers("bad data", "broken images, before a training and an evaluation")
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


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("evaluate run --out notes.txt/results.json", "notes.txt/results.json"),
        ("evaluate run --out run", "run"),
        ("figure samples --data photos --out notes.txt/a.png", "notes.txt/a.png"),
        ("train baseline --data.root photos --out notes.txt/run", "notes.txt/run/recipe.yaml"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_work(
    line: str, out: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object, **__: object) -> None:
        pytest.fail("the work began")

    Path("notes.txt").touch()
    make_people(Path("photos"))
    Path("run").mkdir()
    for name in ("ccreid.models.reid_model.ReIDModel.from_pretrained", "ccreid.training.run._fit"):
        monkeypatch.setattr(name, work)
    monkeypatch.setattr("ccreid.figures.paper_figures.samples_picture", work)
    words = (*SMALL, *FAST, "--trainer.accelerator", "cpu") if line.startswith("train") else ()
    assert main([*line.split(), *words]) == 1
    assert f"ccreid: error: {out} cannot be written" in capsys.readouterr().err


def test_names_of_ten_cameras_and_another_format_are_trained_on(capsys: pytest.CaptureFixture[str]) -> None:
    root = make_market1501(Path("market"))
    before = len(Market1501(root, "none").train)
    for image in [path for path in root.rglob("*.jpg") if "parts" not in path.parts]:
        name = image.name.replace("_c2s", "_c10s").replace(".jpg", ".png")
        with Image.open(image) as photo:
            photo.save(image.with_name(name))
        image.unlink()
    (root / "bounding_box_train" / "walk.mp4").touch()
    assert len(Market1501(root, "none").train) == before
    assert "10" in {record.camera for record in Market1501(root, "none").records()}
    assert _train("market") == 0
    said = capsys.readouterr()
    assert "left out 3 of market: 2 junk, identity -1; 1 no image by its ending" in said.err
    assert "standard" in said.out


def test_images_of_one_camera_are_refused_before_the_first_step(capsys: pytest.CaptureFixture[str]) -> None:
    root = make_market1501(Path("market"))
    for image in sorted((root / "query").iterdir()):
        image.unlink()
    for image in [path for path in (root / "bounding_box_test").iterdir() if "_c1s" not in path.name]:
        image.unlink()
    for number, image in enumerate(sorted((root / "bounding_box_test").iterdir())):
        (root / "query" / image.name.replace("_01.", f"_{number + 50}.")).write_bytes(image.read_bytes())
    assert _train("market", "--out", "run") == 1
    said = capsys.readouterr().err
    assert "queries of market, setting 'standard', has a match" in said
    assert "epoch" not in said
    assert not Path("run").exists()


def test_a_rate_far_too_high_stops_within_the_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"), tuple("abcdefgh"))
    rate = ("--schedule.learning_rate", "1e30", "--schedule.warmup_epochs", "0", "--schedule.epochs", "9")
    assert _train("photos", *rate) == 1
    said = capsys.readouterr().err
    assert "step" in said
    assert "on the batch of photos/" in said
    assert "lower schedule.learning_rate" in said
    assert "epoch 9" not in said


def test_a_run_goes_on_to_more_epochs_and_to_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"), tuple("abcdefgh"))
    assert _train("photos") == 0
    assert _train("photos", "--resume", "--schedule.epochs", "2") == 0
    assert "epoch 2/2" in capsys.readouterr().err
    assert _train("photos", "--resume", "--schedule.epochs", "3", "--loss.margin", "0.5") == 1
    assert "loss.margin: 0.3 there, 0.5 now" in capsys.readouterr().err


def test_photos_of_every_kind_are_parsed_upright_and_what_is_none_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("photos").mkdir()
    photo = Image.fromarray(np.full((60, 20, 3), 98, np.uint8))
    for ending in ("tif", "gif", "JPG", "webp"):
        photo.save(Path("photos", f"{ending}.{ending}"))
    sideways = photo.getexif()
    sideways[ExifTags.Base.Orientation] = 6
    photo.save(Path("photos", "phone.jpg"), exif=sideways)
    Image.fromarray(np.full((60, 20), 98 * 257, np.uint16)).save(Path("photos", "deep.png"))
    Path("photos", "walk.mp4").touch()
    assert main(["parse", "photos", "parts", "--device", "cpu"]) == 0
    said = capsys.readouterr()
    assert "parsed 6 images into parts" in said.out
    assert "passed over 1 files of photos that are no images: 1 .mp4" in said.err
    for path in Path("parts").glob("*.png"):
        with Image.open(path) as parts:
            assert parts.size == ((60, 20) if path.stem == "phone" else (20, 60))
    assert decode_image(Path("deep.png"), Path("photos", "deep.png").read_bytes()).mean() == 98
