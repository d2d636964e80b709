"""What recipes that ship set trains and evaluates, through the real commands on a tiny made data set."""

from extras import needs

needs("train")

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from app.tiny_settings import TINY
from datasets.make_prcc import make_prcc
from models.like_eva import like_eva

from ccreid.app.cli import main
from ccreid.models.backbones import resnet
from ccreid.models.checkpoint import save_checkpoint
from ccreid.models.reid_model import ReIDModel
from ccreid.models.systems import build_model
from ccreid.recipe import recipe_from_tree
from ccreid.training.recipe_file import read_recipe, recipe_names, resolved_settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow")]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Nine training images in batches of six: two steps.
    return make_prcc(tmp_path_factory.mktemp("data"), train_identities=3, test_identities=2, images=1, sketches=True)


def _choices(name: str) -> set[tuple[str, object]]:
    """Return what a recipe sets that may lead another way through the code; how large a number is does not."""
    tiny = {setting.removeprefix("--").split("=")[0] for setting in TINY}
    return {
        (one.key, bool(one.value) if isinstance(one.value, int | float | list) else one.value)
        for one in resolved_settings(name)
        if one.key not in {"name", "description", *tiny}
    }


def _with_every_choice() -> list[str]:
    """Return recipes that between them make every choice that any recipe makes; those with the most new ones first."""
    choices = {name: _choices(name) for name in recipe_names()}
    chosen: list[str] = []
    while any(choices.values()):
        chosen.append(max(choices, key=lambda name: len(choices[name])))
        made = choices[chosen[-1]].copy()
        for others in choices.values():
            others -= made
    return chosen


@pytest.mark.parametrize("name", _with_every_choice())
def test_a_recipe_trains_and_its_model_evaluates(
    name: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "face":
        needs("face")
    run = tmp_path / "run"
    assert main(["train", name, "--data.root", str(data), "--out", str(run), *TINY]) == 0
    assert _steps(run) == (0 if name == "face" else 2)
    capsys.readouterr()
    assert main(["evaluate", str(run / "model.safetensors"), "--json", "--device", "cpu"]) == 0
    rows = json.loads(capsys.readouterr().out)
    written = json.loads((run / "results.json").read_text())["rows"]
    assert rows == [{key: value for key, value in row.items() if key != "run"} for row in written]
    assert [(row["recipe"], row["queries"]) for row in rows] == [(name, 2)] * 4


def _saved_like_eva(folder: Path) -> str:
    like_eva(patch_size=8).save_pretrained(folder)
    return f"hf/{folder}"


def _smallest_eva() -> str:
    try:
        importlib.import_module("timm")
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"timm cannot be imported: {error}")
    return "timm/eva02_tiny_patch14_224"


@pytest.mark.parametrize("package", ["transformers", "timm"])
def test_the_best_recipe_trains_a_vision_transformer_with_all_that_it_sets(
    package: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    backbone = _saved_like_eva(tmp_path / "vit") if package == "transformers" else _smallest_eva()
    settings = [*TINY, f"--model.backbone={backbone}", "--model.checkpointing=true", "--trainer.precision=bf16-mixed"]
    assert main(["train", "best", "--data.root", str(data), "--out", str(run), *settings]) == 0
    assert _steps(run) == 2
    recipe = yaml.safe_load((run / "recipe.yaml").read_text())
    assert (recipe["trainer"]["precision"], recipe["schedule"]["optimizer"]) == ("bf16-mixed", "adamw")
    assert recipe["schedule"]["ema"] > 0
    capsys.readouterr()
    assert main(["evaluate", str(run / "model.safetensors"), "--json", "--device", "cpu"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 4


def _steps(run: Path) -> int:
    """Return the steps that a run took: none for a model that has nothing to learn, which leaves no last.ckpt."""
    last = run / "last.ckpt"
    return int(torch.load(last, weights_only=True)["global_step"]) if last.is_file() else 0


def _steps_of_their_own() -> list[str]:
    """Return the first recipe of each kind of step: others differ by settings that no step branches on."""
    first: dict[tuple[object, ...], str] = {}
    for name in recipe_names():
        recipe = recipe_from_tree(read_recipe(name))
        loss = recipe.loss.clothes_weight > 0, recipe.loss.contrastive_weight > 0, recipe.loss.consistency
        first.setdefault((recipe.model.system, recipe.data.modality, *loss), name)
    return list(first.values())


@pytest.mark.parametrize("name", _steps_of_their_own())
def test_a_recipe_is_tried_without_a_trace(
    name: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "face":
        needs("face")
    monkeypatch.chdir(tmp_path)
    assert main(["train", name, "--data.root", str(data), "--dry-run", *TINY]) == 0
    said = capsys.readouterr().out
    assert f"dry run of {name} on {data}; nothing was written" in said
    assert ("nothing to learn" if name == "face" else "2 steps in 1 epochs") in said
    assert "6 test images" in said
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", sorted(set(_steps_of_their_own()) - {"face"}))
def test_a_recipe_that_diverges_stops_and_names_its_images(
    name: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faster = ("--schedule.learning_rate=1e30", "--schedule.warmup_epochs=0", "--schedule.epochs=20")
    settings = [setting for setting in TINY if "epochs" not in setting]
    assert main(["train", name, "--data.root", str(data), "--out", str(tmp_path / "run"), *settings, *faster]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert "is no number" in said or "the loss is nan" in said or "the loss is inf" in said or "are no numbers" in said
    assert "_cropped_rgb" in said or "are no numbers after epoch" in said
    assert "lower schedule.learning_rate" in said


def _untrained(name: str, folder: Path) -> Path:
    """Save a recipe's network, on small images and without weights; its backbone is a small one of its kind."""
    recipe = recipe_from_tree(read_recipe(name))
    recipe.data.height, recipe.data.width, recipe.model.weights = 64, 32, "none"
    if recipe.model.backbone.startswith("timm/"):
        recipe.model.backbone = _saved_like_eva(folder / "vit")
    recipe.model.backbone = recipe.model.backbone.replace("resnet50", "resnet18")
    torch.manual_seed(0)
    asked = recipe.model
    network = build_model(asked.system, 3, asked.backbone, "none", asked.last_stride, asked.pooling)
    save_checkpoint(folder / "model.safetensors", network, recipe, epoch=1)
    return folder / "model.safetensors"


def _networks() -> list[str]:
    """Return the first recipe of each network: what else recipes differ by, a file of the network knows nothing of."""
    first: dict[str, str] = {}
    for name in recipe_names():
        model = recipe_from_tree(read_recipe(name)).model
        first.setdefault(f"{model.system} {model.backbone} {model.last_stride} {model.pooling}", name)
    return list(first.values())


@pytest.fixture
def shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make ResNet-18 of one block a stage: an exporter goes through every block, and the second is as the first."""
    block, depths = resnet._BLOCKS["resnet18"]
    assert set(depths) == {2}
    monkeypatch.setitem(resnet._BLOCKS, "resnet18", (block, (1, 1, 1, 1)))


@pytest.mark.usefixtures("shallow")
@pytest.mark.parametrize("name", _networks())
def test_a_recipes_model_in_onnx_gives_the_features_of_pytorch_or_is_refused_in_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs("onnx")
    import onnxruntime

    if name == "face":
        needs("face")
    model = _untrained(name, tmp_path)
    status = main(["export", str(model), str(tmp_path / "out.onnx")])
    said = capsys.readouterr()
    reads_images_alone = name not in {"face", "head", "head_body"}
    assert status == (0 if reads_images_alone else 1)
    assert (tmp_path / "out.onnx").is_file() == reads_images_alone
    if not reads_images_alone:
        assert f"{name} cannot be exported: it " in said.err
        assert len(said.err.strip().splitlines()) == 1
        return
    random = np.random.default_rng(1)
    people = [random.integers(0, 256, (64, 32, 3), np.uint8) for _ in range(5)]
    expected = ReIDModel.from_pretrained(model, "cpu").embed(people)
    session = onnxruntime.InferenceSession(tmp_path / "out.onnx")
    for count in (1, 5):
        found = session.run(None, {"images": np.stack(people[:count]).transpose(0, 3, 1, 2)})[0]
        assert np.abs(found - expected[:count]).max() <= 1e-4
