from extras import needs

needs("train")

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from datasets.make_market1501 import make_market1501
from training.small_recipe import small_recipe

from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import DataSetError
from ccreid.errors import BadValueError
from ccreid.recipe import DataRecipe, ModelRecipe, PixelSamplingRecipe, Recipe, SelectionRecipe
from ccreid.training import step_clock
from ccreid.training.divergence import DivergenceError
from ccreid.training.dry_run import dry_run_recipe, few_of
from ccreid.training.recipe_check import RecipeValueError
from ccreid.training.run import run_recipe

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow")]


@pytest.fixture(autouse=True)
def _temporary_files_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_the_whole_run_s_work_is_counted_and_nothing_is_left(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=100)
    before = _files(tmp_path)
    measured = dry_run_recipe(recipe)
    assert _files(tmp_path) == before
    assert measured.times is not None
    # 36 training images, 6 in a batch; the 18 test images are queries and gallery.
    assert (measured.times.steps, measured.times.epochs, measured.tested) == (600, 100, 18)
    assert measured.times.measured == step_clock._MOST
    assert measured.host_memory is None or measured.host_memory > 50e6
    assert measured.times.step > 0
    assert measured.image > 0
    whole = measured.preparation + measured.times.whole + 18 * measured.image
    assert measured.whole == pytest.approx(whole)


def test_a_run_of_a_single_step_is_measured_by_that(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=1)
    recipe = replace(recipe, data=replace(recipe.data, identities=6, instances=6))
    times = dry_run_recipe(recipe).times
    assert times is not None
    assert (times.steps, times.measured) == (1, 1)


def test_looks_at_held_out_people_are_counted(tmp_path: Path) -> None:
    recipe = replace(small_recipe(tmp_path / "data", epochs=5), selection=SelectionRecipe(held_out=0.34, every=2))
    measured = dry_run_recipe(recipe)
    assert measured.held_out == 3 * 12  # after epochs 2, 4 and 5; two people with six images each
    assert "held-out images, 36 in all" in str(measured)


def test_a_model_with_nothing_to_learn_takes_no_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccreid.training.run.Training.learns", property(lambda self: False))
    measured = dry_run_recipe(small_recipe(tmp_path / "data"))
    assert measured.times is None
    assert "training      none, there is nothing to learn" in str(measured)


def _same_camera(recipe: Recipe, folder: Path) -> Recipe:
    root = make_market1501(folder / "market")
    for image in (root / "query").iterdir():
        image.unlink()
    for image in sorted((root / "bounding_box_test").iterdir())[:1]:
        image.rename(root / "query" / image.name)
    return replace(
        recipe,
        data=replace(recipe.data, root=root),
        pixel_sampling=PixelSamplingRecipe(),
        loss=replace(recipe.loss, consistency="none"),
    )


def _many_people(recipe: Recipe, folder: Path) -> Recipe:
    return replace(recipe, data=replace(recipe.data, identities=16))


def _unknown_system(recipe: Recipe, folder: Path) -> Recipe:
    return replace(recipe, model=ModelRecipe(system="pbc"))


def _no_root(recipe: Recipe, folder: Path) -> Recipe:
    return replace(recipe, data=DataRecipe())


def _held_out_without_match(recipe: Recipe, folder: Path) -> Recipe:
    for image in (folder / "data" / "rgb" / "train").rglob("C_*"):
        image.unlink()
    return replace(recipe, selection=SelectionRecipe(held_out=0.5))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (_same_camera, DataSetError),
        (_many_people, BadValueError),
        (_unknown_system, RecipeValueError),
        (_no_root, RecipeValueError),
        (_held_out_without_match, DataSetError),
    ],
)
def test_what_a_run_would_fail_by_is_said_in_the_same_words(fault, kind, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    recipe = fault(small_recipe(tmp_path / "data"), tmp_path)
    with pytest.raises(kind) as dry:
        dry_run_recipe(recipe)
    with pytest.raises(kind) as real:
        run_recipe(recipe, tmp_path / "run")
    assert str(dry.value) == str(real.value)


def test_a_rate_far_too_high_is_noticed(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=30)
    recipe = replace(recipe, schedule=replace(recipe.schedule, learning_rate=1e30, warmup_epochs=0))
    with pytest.raises(DivergenceError, match=r"lower schedule\.learning_rate"):
        dry_run_recipe(recipe)


def test_a_few_queries_find_their_matches(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data")
    assert recipe.data.root is not None
    for setting in PRCC(recipe.data.root).settings:
        few = few_of(setting)
        assert few.has_match()
        assert len(few.query) == len(few.gallery) == 6
        assert all(one.identity == other.identity for one, other in zip(few.query, few.gallery, strict=True))
