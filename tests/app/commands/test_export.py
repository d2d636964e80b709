"""`ccreid export` as a user gives it; every recipe's model is exported in test_every_recipe.py."""

from pathlib import Path

import pytest
from extras import needs

from ccreid.app.cli import main
from ccreid.models.checkpoint import save_checkpoint
from ccreid.models.systems import build_model
from ccreid.parsing.lite.network import LiteNetwork
from ccreid.parsing.lite.weights import save_lite
from ccreid.recipe import ModelRecipe, Recipe


@pytest.mark.slow
def test_what_cannot_be_exported_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("onnx")
    parser, model = tmp_path / "in" / "parser.safetensors", tmp_path / "in" / "model.safetensors"
    save_lite(parser, LiteNetwork(), {})
    save_checkpoint(model, build_model("baseline", 2, "resnet18"), Recipe(model=ModelRecipe(backbone="resnet18")), 0)
    for source, out, message in [
        ("nowhere.safetensors", ["out.onnx"], "there is no model file nowhere.safetensors"),
        ("lite", ["out.pt"], "does not end in .onnx: name it out.onnx"),
        (parser, ["out.onnx", "--half"], "is a parser, which is written as ONNX in float32 alone"),
        (parser, ["out.pt2", "--format", "torch"], "is a parser, which is written as ONNX in float32 alone"),
        (model, ["out.pt2"], "does not end in .onnx: name it out.onnx"),
        (model, ["out.onnx", "--format", "torch"], "does not end in .pt2: name it out.pt2"),
        (model, ["out.onnx", "--half", "--int8", "photos"], "leave out --half"),
        (model, ["out.onnx", "--int8", "nowhere"], "nowhere does not exist: give the folder"),
    ]:
        name, *flags = out
        assert main(["export", str(source), str(tmp_path / name), *flags]) == 1
        shown = capsys.readouterr().err
        assert message in shown
        assert len(shown.strip().splitlines()) == 1
    assert not list(tmp_path.glob("out*"))
