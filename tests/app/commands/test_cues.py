"""`ccreid cues`, on a small made data set."""

import json
from pathlib import Path

import pytest
from app.untrained_models import save_untrained_models

from ccreid.app.cli import main


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return save_untrained_models(tmp_path_factory.mktemp("untrained"))


@pytest.mark.slow
def test_cues_are_printed_and_left_beside_each_model(models: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cues", *models, "--device", "cpu"]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("baseline", "stn", "head + legs", "clothes", "front", "side", "back", "x)"))
    for model in models:
        tree = json.loads(Path(model).with_name("cues.json").read_text())
        assert sum(tree["cue_shares"].values()) == pytest.approx(1)
        assert set(tree["R1_by_angle"]) == {"front", "side", "back"}
        assert model in tree["provenance"]["command"]


@pytest.mark.slow
def test_cues_as_json_are_those_of_the_file(models: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    model = models[0]
    assert main(["cues", model, "--json", "--images", "4", "--device", "cpu"]) == 0
    (label, tree), *rest = json.loads(capsys.readouterr().out).items()
    written = json.loads(Path(model).with_name("cues.json").read_text())
    assert (label, rest, tree["images"]) == ("baseline", [], 4)
    assert tree == {key: value for key, value in written.items() if key != "provenance"}
    assert "--images 4" in written["provenance"]["command"]


def test_a_model_that_is_not_there_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cues", "nowhere.safetensors"]) == 1
    assert "there is no model file nowhere.safetensors" in capsys.readouterr().err


@pytest.mark.slow
def test_no_image_to_measure_is_one_clear_line(models: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cues", models[0], "--images", "0"]) == 1
    assert "number of images is 0" in capsys.readouterr().err
