"""Every command that reads images says how many files it leaves out, and why."""

from extras import needs

needs("train")

import shlex
from pathlib import Path

import pytest
from app.tiny_settings import TINY
from app.untrained_models import save_untrained_models
from sketch.make_hed import random_hed, write_hed

from ccreid.app.cli import main

pytestmark = pytest.mark.slow

LINE = "left out 2 of data: 2 no image by its ending\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with models, their data set and, among its images, a film and a text."""
    folder = tmp_path_factory.mktemp("left")
    save_untrained_models(folder)
    person = folder / "data" / "rgb" / "train" / "001"
    (person / "walk.mp4").write_bytes(b"x")
    (person / "notes.txt").write_bytes(b"x")
    write_hed(folder / "hed.h5", random_hed())
    return folder


@pytest.mark.parametrize(
    "line",
    [
        f"train baseline --data.root data --out run {' '.join(TINY)}",
        f"train baseline --data.root data --dry-run {' '.join(TINY)}",
        "train parser --data.root data --data.workers 0 --data.batch 4 --trainer.accelerator cpu --dry-run",
        "evaluate baseline --data data --device cpu",
        "convert data images.csv",
        "pack data --height 32 --width 16",
        "cues baseline stn --data data --images 4 --device cpu",
        "figure samples --data data",
        "figure erasing --data data",
        "figure ranks baseline --data data --device cpu",
        "figure cam baseline --data data --device cpu --maps cam",
    ],
)
def test_a_command_that_opens_a_data_set_says_once_what_is_left_out(
    line: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(shlex.split(line)) == 0
    assert capsys.readouterr().err.count(LINE) == 1


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("parse data/rgb parts --device cpu", "images"),
        ("sketch data/rgb sketches --weights hed.h5 --device cpu", "JPEG or PNG"),
    ],
)
def test_a_command_that_walks_a_tree_says_once_what_it_passes_over(
    line: str, kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(shlex.split(line)) == 0
    said = capsys.readouterr().err
    assert said.count(f"passed over 2 files of data/rgb that are no {kind}: ") == 1
    assert "1 .mp4" in said
    assert "1 .txt" in said
