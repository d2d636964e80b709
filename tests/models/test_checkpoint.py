import json
from pathlib import Path

import pytest
import torch
from extras import needs
from models.made_calibration import a_calibration
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ccreid.errors import BadValueError
from ccreid.models import SYSTEMS, Baseline, build_model
from ccreid.models.checkpoint import (
    FORMAT,
    About,
    CheckpointError,
    as_half,
    load_checkpoint,
    read_about,
    save_checkpoint,
    save_half,
)
from ccreid.models.network import training_inputs
from ccreid.recipe import ModelRecipe, Recipe


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    recipe = Recipe(name="small", seed=3, model=ModelRecipe(backbone="resnet18", weights="imagenet"))
    recipe.data.root = Path("somewhere")
    save_checkpoint(tmp_path / "model.safetensors", Baseline(5, "resnet18", "none"), recipe, epoch=7)
    return tmp_path / "model.safetensors"


@pytest.mark.slow
def test_a_saved_model_brings_its_recipe_along(saved: Path) -> None:
    trained = load_checkpoint(saved)
    assert (trained.recipe.name, trained.recipe.seed, trained.epoch) == ("small", 3, 7)
    assert trained.recipe.data.root == Path("somewhere")
    assert not trained.network.training
    assert all(torch.equal(value, load_file(saved)[key]) for key, value in trained.network.state_dict().items())
    assert [path.name for path in saved.parent.iterdir()] == ["model.safetensors"]


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_is_saved_and_loaded(tmp_path: Path, system: str) -> None:
    if system == "face":
        needs("face")
    torch.manual_seed(0)
    recipe = Recipe(name="small", model=ModelRecipe(system=system, backbone="resnet18"))
    model = build_model(system, 5, "resnet18").eval()
    save_checkpoint(tmp_path / "model.safetensors", model, recipe, epoch=1)
    inputs = training_inputs(model, torch.randn(1, 3, 64, 32), torch.ones(1, 64, 32, dtype=torch.uint8))
    loaded = load_checkpoint(tmp_path / "model.safetensors").network
    assert type(loaded) is type(model)
    assert torch.equal(loaded(*inputs).feature, model(*inputs).feature)


@pytest.mark.slow
def test_the_pooling_is_part_of_what_is_saved(tmp_path: Path) -> None:
    torch.manual_seed(0)
    recipe = Recipe(name="small", model=ModelRecipe(backbone="resnet18", pooling="mean_max"))
    model = build_model("baseline", 5, "resnet18", pooling="mean_max").eval()
    save_checkpoint(tmp_path / "model.safetensors", model, recipe, epoch=1)
    images = torch.randn(1, 3, 64, 32)
    assert torch.equal(load_checkpoint(tmp_path / "model.safetensors").network(images).feature, model(images).feature)


def test_a_file_from_before_there_were_other_systems_is_a_baseline(saved: Path) -> None:
    with safe_open(saved, "pt") as file:
        about = file.metadata()
    recipe = json.loads(about["recipe"])
    del recipe["model"]["system"]
    save_file(load_file(saved), saved, metadata={**about, "recipe": json.dumps(recipe)})
    trained = load_checkpoint(saved)
    assert isinstance(trained.network, Baseline)
    assert trained.recipe.model.system == "baseline"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no model file .*nowhere"):
        load_checkpoint(tmp_path / "nowhere")


def test_a_truncated_file_is_named(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        load_checkpoint(saved)


def test_a_file_of_other_weights_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match="holds no model of ccreid's"):
        load_checkpoint(tmp_path / "a.safetensors")


@pytest.mark.slow
def test_half_a_file_is_read_as_the_rounded_network_in_single_precision(tmp_path: Path) -> None:
    torch.manual_seed(0)
    recipe = Recipe(name="small", model=ModelRecipe(backbone="resnet18", weights="none"))
    network = Baseline(5, "resnet18", "none")
    about = About(recipe, 7, 5, a_calibration(), {"format": "ccreid-results-1", "rows": [], "runs": []})
    save_checkpoint(tmp_path / "single.safetensors", network, recipe, 7)
    save_half(tmp_path / "half.safetensors", network, about)
    sizes = [(tmp_path / name).stat().st_size for name in ("half.safetensors", "single.safetensors")]
    assert sizes[0] < 0.51 * sizes[1]
    assert read_about(tmp_path / "half.safetensors") == about
    read = load_checkpoint(tmp_path / "half.safetensors")
    assert read[1:] == (recipe, 7, about.calibration)
    weights, expected = read.network.state_dict(), as_half(network).state_dict()
    for name, value in network.state_dict().items():
        assert weights[name].dtype == value.dtype
        assert torch.equal(weights[name], expected[name])
        assert torch.equal(weights[name], value.half().float() if value.ndim > 1 else value)


def test_a_weight_that_does_not_fit_16_bits_is_refused(tmp_path: Path) -> None:
    network = Baseline(2, "resnet18", "none")
    weight = next(value for value in network.parameters() if value.ndim > 1)
    weight.data[0, 0] = 1e6
    with pytest.raises(BadValueError, match="do not fit 16 bits"):
        save_half(tmp_path / "half.safetensors", network, About(Recipe(), 1, 2))
    assert not list(tmp_path.iterdir())


@pytest.mark.answers("bad data", "a model's file that says of itself what cannot be")
@pytest.mark.parametrize(
    "changed",
    [
        {"recipe": None},
        {"recipe": "{"},
        {"recipe": "[]"},
        {"recipe": '{"model": null}'},
        {"recipe": '{"model": {"layers": 3}}'},
        {"recipe": '{"extra": 1}'},
        {"recipe": '{"model": {"system": [1]}}'},
        {"recipe": '{"model": {"backbone": 5}}'},
        {"recipe": "[" * 100_000},
        {"epoch": "first"},
        {"num_identities": "-1"},
        {"num_identities": "99999999999999"},
        {"calibration": "[]"},
        {"calibration": '{"thresholds": [{}]}'},
        {"scores": "["},
    ],
)
def test_a_file_that_says_of_itself_what_cannot_be_is_named(tmp_path: Path, changed: dict[str, str | None]) -> None:
    about = {"format": FORMAT, "recipe": '{"model": {"backbone": "resnet18"}}', "epoch": "1", "num_identities": "3"}
    text = {key: value for key, value in (about | changed).items() if value is not None}
    save_file({"weight": torch.zeros(3)}, tmp_path / "m.safetensors", metadata=text)
    with pytest.raises(CheckpointError, match=r"m\.safetensors says"):
        load_checkpoint(tmp_path / "m.safetensors")
