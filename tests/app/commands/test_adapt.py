from pathlib import Path

import pytest
import torch
from models.made_calibration import a_calibration
from models.ready_model import colours
from PIL import Image

from ccreid.app.cli import main
from ccreid.models import build_model
from ccreid.models.adaptation import adapt_model
from ccreid.models.reid_model import ReIDModel
from ccreid.recipe import Recipe


@pytest.mark.slow
def test_an_adapted_model_is_written_and_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = Recipe(name="tiny")
    recipe.data.height, recipe.data.width = 32, 16
    recipe.model.backbone, recipe.model.weights = "resnet18", "none"
    model = ReIDModel(build_model("baseline", 4, "resnet18"), recipe, "cpu", calibration=a_calibration())
    model.save_pretrained(tmp_path / "run")
    (tmp_path / "photos").mkdir()
    for index, image in enumerate(colours(6, 0, 255)):
        Image.fromarray(image).save(tmp_path / "photos" / f"{index}.png")
    command = ["adapt", str(tmp_path / "run"), str(tmp_path / "photos"), str(tmp_path / "adapted")]
    assert main([*command, "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert "adapted to 6 images" in said
    assert "thresholds no longer hold" in said
    read = ReIDModel.from_pretrained(tmp_path / "adapted", "cpu")
    in_python = adapt_model(model, tmp_path / "photos")
    assert read.calibration is None
    for name, value in in_python.network.state_dict().items():
        torch.testing.assert_close(read.network.state_dict()[name], value)
