import json
import multiprocessing
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from extras import needs
from training.small_recipe import small_recipe

from ccreid.evaluation import data_fingerprint, read_results
from ccreid.evaluation.results import ResultsError
from ccreid.recipe import Recipe
from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.run_folder import RunError, claimed_folder, recipe_tree, rows_of_run


def _claim(folder: Path, recipe: Recipe | ParserRecipe, resume: bool) -> None:
    with claimed_folder(folder, recipe, resume):
        pass


@pytest.mark.parametrize("recipe", [Recipe(name="a"), ParserRecipe(name="a")])
def test_a_recipe_takes_an_empty_folder_and_comes_back_to_it(recipe: Recipe | ParserRecipe, tmp_path: Path) -> None:
    _claim(tmp_path / "run", recipe, resume=False)
    _claim(tmp_path / "run", recipe, resume=True)
    with pytest.raises(RunError, match="add --resume"):
        _claim(tmp_path / "run", recipe, resume=False)
    assert [path.name for path in (tmp_path / "run").glob("[!.]*")] == ["recipe.yaml"]


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_in_which_a_run_is_going_on_is_refused(tmp_path: Path, resume: bool) -> None:
    with claimed_folder(tmp_path / "run", Recipe(), resume=False), pytest.raises(RunError, match="another process"):
        _claim(tmp_path / "run", Recipe(), resume)
    _claim(tmp_path / "run", Recipe(), resume=True)


def _start_twenty_runs(folder: Path, number: int, start: Any, won: Any) -> None:
    for run in range(20):
        start.wait()
        try:
            with claimed_folder(folder / f"seed{run}", Recipe(seed=number), resume=False):
                won.put((run, number))
        except RunError:
            pass


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="new processes would spend their time on importing torch")
@pytest.mark.answers("bad environments", "two runs in one folder at once")
def test_of_two_processes_that_start_in_one_folder_exactly_one_wins(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    start, won = context.Barrier(2), context.Queue()
    starting = [context.Process(target=_start_twenty_runs, args=(tmp_path, number, start, won)) for number in (1, 2)]
    for process in starting:
        process.start()
    winners = dict(won.get(timeout=60) for _ in range(20))
    for process in starting:
        process.join()
    assert [process.exitcode for process in starting] == [0, 0]
    assert won.empty()
    assert {run: recipe_tree(tmp_path / f"seed{run}")["seed"] for run in range(20)} == winners


def test_files_of_something_else_are_refused_and_nothing_is_left_beside_them(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="is not empty and holds no run"):
        _claim(tmp_path, Recipe(), resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_does_not_change_a_result_may_change(tmp_path: Path) -> None:
    recipe = ParserRecipe()
    _claim(tmp_path / "run", recipe, resume=False)
    moved = replace(recipe.data, root=Path("elsewhere"), workers=1, cache=False)
    _claim(tmp_path / "run", replace(recipe, data=moved), resume=True)
    with pytest.raises(RunError, match=r"other settings \(data\.batch: 8 there, 16 now\)"):
        _claim(tmp_path / "run", replace(recipe, data=replace(recipe.data, batch=16)), resume=True)


def test_a_run_of_a_version_without_a_setting_ran_with_its_default(tmp_path: Path) -> None:
    recipe = ParserRecipe()
    _claim(tmp_path / "run", recipe, resume=False)
    path = tmp_path / "run" / "recipe.yaml"
    tree = yaml.safe_load(path.read_text())
    del tree["augment"]["poor_camera"]
    path.write_text(yaml.safe_dump(tree))
    _claim(tmp_path / "run", recipe, resume=True)
    with pytest.raises(RunError, match=r"augment\.poor_camera: 0\.3 there, 0\.5 now"):
        _claim(tmp_path / "run", replace(recipe, augment=replace(recipe.augment, poor_camera=0.5)), resume=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("train")
    from ccreid.training.run import run_recipe

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
    return rows_of_run(recipe, run, data_fingerprint(recipe.data.root))


@pytest.mark.slow
def test_a_finished_run_gives_its_rows_with_where_they_come_from(recipe: Recipe, run: Path) -> None:
    rows = _rows(recipe, run)
    assert [row for row, _ in rows] == read_results(run / "results.json")
    assert {origin["command"] for _, origin in rows} == {"ccreid train"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["recipe.yaml", "results.json", "model.safetensors"])
def test_a_run_that_lacks_a_file_has_not_ended(recipe: Recipe, run: Path, name: str) -> None:
    (run / name).unlink()
    assert _rows(recipe, run) == []


@pytest.mark.slow
def test_a_run_whose_model_file_is_cut_off_has_not_ended(recipe: Recipe, run: Path) -> None:
    model = run / "model.safetensors"
    model.write_bytes(model.read_bytes()[:-1])
    assert _rows(recipe, run) == []


@pytest.mark.slow
def test_a_run_with_other_settings_is_refused_and_what_changes_no_result_may_differ(recipe: Recipe, run: Path) -> None:
    free = replace(recipe, description="in other words", trainer=replace(recipe.trainer, accelerator="auto"))
    assert _rows(free, run)
    with pytest.raises(RunError, match=r"other settings \(schedule.epochs: 1 there, 2 now\)"):
        _rows(replace(recipe, schedule=replace(recipe.schedule, epochs=2)), run)


@pytest.mark.slow
def test_rows_of_other_recipes_and_seeds_are_left_out(recipe: Recipe, run: Path) -> None:
    tree = json.loads((run / "results.json").read_text())
    tree["rows"] += [row | {"seed": 7} for row in tree["rows"]] + [row | {"recipe": "other"} for row in tree["rows"]]
    (run / "results.json").write_text(json.dumps(tree))
    assert {(row.recipe, row.seed) for row, _ in _rows(recipe, run)} == {("small", 0)}


@pytest.mark.slow
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
