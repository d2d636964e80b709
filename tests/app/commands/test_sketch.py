"""`ccreid sketch` as a user gives it."""

from pathlib import Path

import numpy as np
import pytest
from datasets.make_prcc import make_prcc
from PIL import Image
from sketch.make_hed import random_hed, write_hed

from ccreid.app.cli import main


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hed(tmp_path_factory.mktemp("hed") / "hed.weights.h5", random_hed())


@pytest.mark.slow
def test_a_data_set_gets_a_tree_of_sketches_and_a_second_call_keeps_it(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rgb = make_prcc(tmp_path, train_identities=1, test_identities=1, images=1) / "rgb"
    (rgb / "train" / "001" / "A_cropped_rgb001.jpg").write_bytes(b"nothing")
    arguments = ["sketch", str(rgb), str(tmp_path / "sketch"), "--weights", str(weights), "--device", "cpu"]
    assert main(arguments) == 0
    shown = capsys.readouterr()
    assert "drew 5 sketches into" in shown.out
    assert "A_cropped_rgb001.jpg is broken or no image" in shown.err
    for path in (tmp_path / "sketch").rglob("*.jpg"):
        with Image.open(path) as sketch, Image.open(rgb / path.relative_to(tmp_path / "sketch")) as image:
            assert sketch.size == image.size
            assert np.array(sketch).max() > 200  # paper
    assert main(arguments) == 0
    assert "is complete already: 5 sketches; 1 broken" in capsys.readouterr().out


@pytest.mark.slow
def test_where_every_image_is_broken_the_command_fails(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rgb").mkdir()
    (tmp_path / "rgb" / "a.jpg").write_bytes(b"nothing")
    assert main(["sketch", str(tmp_path / "rgb"), str(tmp_path / "out"), "--weights", str(weights)]) == 1
    assert "nothing was written" in capsys.readouterr().out


def test_weights_that_are_not_there_are_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sketch", str(tmp_path), str(tmp_path / "out"), "--weights", str(tmp_path / "no.h5")]) == 1
    shown = capsys.readouterr().err
    assert "there is no weights file" in shown
    assert len(shown.strip().splitlines()) == 1
