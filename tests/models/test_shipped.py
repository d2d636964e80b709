from pathlib import Path

import pytest

from ccreid.errors import MissingFileError
from ccreid.models import shipped
from ccreid.models.baseline import Baseline
from ccreid.models.checkpoint import save_checkpoint
from ccreid.models.reid_model import ReIDModel
from ccreid.models.shipped import model_file, shipped_models
from ccreid.recipe import ModelRecipe, Recipe
from ccreid.retrieval.feature_mark import mark_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a package with two models, beside an empty current folder."""
    folder, here = tmp_path / "pretrained", tmp_path / "here"
    folder.mkdir()
    here.mkdir()
    for name in ("ccreid-small", "ccreid-large"):
        (folder / f"{name}.safetensors").write_bytes(b"")
    monkeypatch.setattr(shipped, "shipped_folder", lambda: folder)
    monkeypatch.chdir(here)
    return folder


def test_a_shipped_model_is_found_by_its_name(folder: Path) -> None:
    assert list(shipped_models()) == ["ccreid-large", "ccreid-small"]
    assert model_file("ccreid-small") == folder / "ccreid-small.safetensors"


def test_a_file_or_folder_that_is_there_goes_before_a_shipped_model() -> None:
    Path("ccreid-small").mkdir()
    Path("ccreid-small/model.safetensors").touch()
    Path("ccreid-large").touch()
    assert model_file("ccreid-small") == Path("ccreid-small/model.safetensors")
    assert model_file(Path("ccreid-large")) == Path("ccreid-large")


def test_an_unknown_name_gives_the_nearest_one(folder: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no model 'ccreid-smal'.*did you mean 'ccreid-small'\?"):
        model_file("ccreid-smal")
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(MissingFileError, match="none ships with this installation"):
        model_file("ccreid-small")


@pytest.mark.parametrize("path", ["runs/ccreid-small", "nowhere.safetensors", "../ccreid-small"])
def test_what_looks_like_a_path_is_no_name(path: str) -> None:
    assert model_file(path) == Path(path)


@pytest.mark.slow
def test_a_model_is_read_by_its_name(folder: Path) -> None:
    recipe = Recipe(name="tiny", model=ModelRecipe(backbone="resnet18", weights="none"))
    save_checkpoint(folder / "ccreid-small.safetensors", Baseline(2, "resnet18", "none"), recipe, epoch=5)
    model = ReIDModel.from_pretrained("ccreid-small", "cpu")
    assert (model.recipe.name, model.epoch, model.calibration) == ("tiny", 5, None)


def test_the_package_has_a_place_for_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert (shipped.shipped_folder() / "__init__.py").is_file()
    assert all(path.suffix == ".safetensors" for path in shipped_models().values())


@pytest.mark.slow
def test_a_shipped_model_is_called_what_the_user_calls_it_and_a_file_what_its_recipe_says(
    folder: Path, tmp_path: Path
) -> None:
    recipe = Recipe(name="tiny", model=ModelRecipe(backbone="resnet18", weights="none"))
    network = Baseline(2, "resnet18", "none")
    for path in (folder / "ccreid-small.safetensors", tmp_path / "mine.safetensors"):
        save_checkpoint(path, network, recipe, epoch=5)
    shipped_model, own = (
        ReIDModel.from_pretrained(source, "cpu") for source in ("ccreid-small", tmp_path / "mine.safetensors")
    )
    assert (shipped_model.name, own.name) == ("ccreid-small", "tiny")
    assert mark_of(shipped_model).model == mark_of(own).model
    assert str(mark_of(shipped_model)).startswith("ccreid-small (")
    assert "ccreid-small" in repr(shipped_model)
