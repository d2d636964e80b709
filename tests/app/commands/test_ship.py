import json
from pathlib import Path

import pytest
import torch
from datasets.make_photos import make_table

from ccreid.app.cli import main
from ccreid.models import build_model, shipped
from ccreid.models.checkpoint import save_checkpoint
from ccreid.recipe import Recipe


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of a tiny model beside a table of photos, and an empty folder for models that ship."""
    monkeypatch.chdir(tmp_path)
    make_table(tmp_path, people=8)
    torch.manual_seed(0)
    recipe = Recipe(name="tiny")
    recipe.data.root, recipe.data.height, recipe.data.width = tmp_path / "images.csv", 32, 16
    recipe.model.backbone, recipe.model.weights = "resnet18", "none"
    save_checkpoint(Path("run/model.safetensors"), build_model("baseline", 4, "resnet18"), recipe, epoch=3)
    Path("pretrained").mkdir()
    monkeypatch.setattr(shipped, "shipped_folder", lambda: tmp_path / "pretrained")
    return Path("run")


@pytest.mark.slow
def test_a_shipped_model_is_listed_evaluated_and_taken_where_none_is_named(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ship", str(run), "pretrained/ccreid-small.safetensors", "--data", "photos=images.csv"]) == 0
    shown = capsys.readouterr().out
    assert "wrote pretrained/ccreid-small.safetensors" in shown
    assert "16 images of 4 people of photos" in shown
    assert main(["models"]) == 0
    listed = capsys.readouterr().out
    assert all(said in listed for said in ("ccreid-small: tiny, seed 0", "photos", "10 %", "found across clothes"))
    assert main(["models", "--json"]) == 0
    about = json.loads(capsys.readouterr().out)["ccreid-small"]
    answers = []
    for model in (["--model", "ccreid-small"], ["ccreid-small"], []):
        assert main(["evaluate", *model, "--data", "images.csv", "--json", "--device", "cpu"]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0] == answers[1] == answers[2]
    scores = {row["setting"]: row["R1"] for row in about["scores"]["rows"]}
    assert {row["setting"]: row["R1"] for row in answers[0]} == scores


def test_without_shipped_models_that_is_said(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert "no model ships with this installation" in capsys.readouterr().out
    assert main(["evaluate", "--data", "images.csv"]) == 1
    assert "no model was chosen: give --model RUN" in capsys.readouterr().err
    assert main(["models", str(run)]) == 0
    assert "It is not calibrated." in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("models ccreid-small", 1, "no model 'ccreid-small'"),
        ("ship run small.pt --data images.csv", 1, "give a name such as small.safetensors"),
        ("ship run small.safetensors", 2, "data"),
        ("ship run small.safetensors --data nowhere", 1, "nowhere"),
        ("ship run small.safetensors --data images.csv --fmr 0.00001", 1, "cannot be measured on 96 pairs"),
        ("evaluate run --model run", 2, "leave run or --model run out"),
        ("evaluate --authors hpm", 2, "give that file"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    line: str, status: int, said: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        assert main(line.split()) == status
    except SystemExit as left:
        assert left.code == status
    assert said in capsys.readouterr().err
    assert not Path("small.safetensors").exists()
