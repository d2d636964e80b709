import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from training.small_recipe import small_recipe

from ccreid.evaluation import data_fingerprint, read_results
from ccreid.evaluation.results import ResultsError
from ccreid.training.finished_run import finished_rows
from ccreid.training.recipe import Recipe
from ccreid.training.run import run_recipe
from ccreid.training.run_folder import RunError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made")
    run_recipe(small_recipe(root / "data", epochs=1), root / "run", command=["ccreid", "train"])
    return root


@pytest.fixture
def recipe(made: Path) -> Recipe:
    return small_recipe(made / "data", epochs=1)


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made / "run", tmp_path / "run")


def _rows(recipe: Recipe, run: Path):  # type: ignore[no-untyped-def]
    assert recipe.data.root is not None
    return finished_rows(recipe, run, data_fingerprint(recipe.data.root))


def test_a_finished_run_gives_its_rows_with_where_they_come_from(recipe: Recipe, run: Path) -> None:
    rows = _rows(recipe, run)
    assert [row for row, _ in rows] == read_results(run / "results.json")
    assert {origin["command"] for _, origin in rows} == {"ccreid train"}


@pytest.mark.parametrize("name", ["recipe.yaml", "results.json", "model.safetensors"])
def test_a_run_that_lacks_a_file_has_not_ended(recipe: Recipe, run: Path, name: str) -> None:
    (run / name).unlink()
    assert _rows(recipe, run) == []


def test_a_run_whose_model_file_is_cut_off_has_not_ended(recipe: Recipe, run: Path) -> None:
    model = run / "model.safetensors"
    model.write_bytes(model.read_bytes()[:-1])
    assert _rows(recipe, run) == []


def test_a_run_with_other_settings_is_refused_and_what_changes_no_result_may_differ(recipe: Recipe, run: Path) -> None:
    free = replace(recipe, description="in other words", trainer=replace(recipe.trainer, accelerator="auto"))
    assert _rows(free, run)
    with pytest.raises(RunError, match=r"other settings \(schedule.epochs: 1 there, 2 now\)"):
        _rows(replace(recipe, schedule=replace(recipe.schedule, epochs=2)), run)


def test_rows_of_other_recipes_and_seeds_are_left_out(recipe: Recipe, run: Path) -> None:
    tree = json.loads((run / "results.json").read_text())
    tree["rows"] += [row | {"seed": 7} for row in tree["rows"]] + [row | {"recipe": "other"} for row in tree["rows"]]
    (run / "results.json").write_text(json.dumps(tree))
    assert {(row.recipe, row.seed) for row, _ in _rows(recipe, run)} == {("small", 0)}


def test_a_run_on_another_data_set_is_refused(recipe: Recipe, run: Path, tmp_path: Path) -> None:
    assert recipe.data.root is not None
    same = shutil.copytree(recipe.data.root, tmp_path / "same")
    moved = replace(recipe, data=replace(recipe.data, root=same))
    assert _rows(moved, run)
    next(same.rglob("*.jpg")).unlink()
    with pytest.raises(RunError, match="holds a run on another data set"):
        _rows(moved, run)


def test_a_data_set_may_have_grown_in_its_place_since(recipe: Recipe, run: Path, tmp_path: Path) -> None:
    assert recipe.data.root is not None
    own = shutil.copytree(recipe.data.root, tmp_path / "own")
    tree = yaml.safe_load((run / "recipe.yaml").read_text())
    tree["data"]["root"] = str(own)
    (run / "recipe.yaml").write_text(yaml.safe_dump(tree))
    (own / "sketch").mkdir()
    (own / "sketch" / "a.png").write_bytes(b"new")
    assert _rows(replace(recipe, data=replace(recipe.data, root=own)), run)


def test_a_results_file_that_is_none_is_named(recipe: Recipe, run: Path) -> None:
    (run / "results.json").write_text("[]")
    with pytest.raises(ResultsError, match="is not a results file"):
        _rows(recipe, run)
