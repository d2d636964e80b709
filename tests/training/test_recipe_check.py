import functools
from pathlib import Path

import pytest

from ccreid.recipe import ModelRecipe, Recipe, recipe_from_tree
from ccreid.training.recipe_check import RecipeValueError, check_recipe
from ccreid.training.recipe_file import read_recipe, recipe_names


@pytest.mark.parametrize("name", recipe_names())
@pytest.mark.parametrize("profile", [None, "cpu"])
def test_every_shipped_recipe_is_in_range(name: str, profile: str | None) -> None:
    recipe = recipe_from_tree(read_recipe(name, profile))
    recipe.data.root = Path("data")
    check_recipe(recipe)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("seed", -1),
        ("data.height", 15),
        ("data.width", 15),
        ("data.identities", 1),
        ("data.instances", 1),
        ("data.workers", -1),
        ("augment.flip", 1.5),
        ("augment.crop_padding", -1),
        ("augment.jitter", -0.1),
        ("augment.erasing", 1.1),
        ("loss.label_smoothing", 1.1),
        ("pixel_sampling.min_plausibility", 1.5),
        ("loss.margin", -0.1),
        ("loss.consistency_weight", -1),
        ("schedule.epochs", 0),
        ("schedule.learning_rate", float("nan")),
        ("schedule.rate_scale", -1),
        ("schedule.head_rate", -1),
        ("schedule.momentum", 1.1),
        ("schedule.weight_decay", -1),
        ("schedule.warmup_epochs", -1),
        ("schedule.warmup_factor", -0.1),
        ("schedule.layer_decay", 0.0),
        ("schedule.clip", -1),
        ("schedule.accumulate", 0),
        ("schedule.ema", 1.0),
        ("loss.contrastive_weight", -1),
        ("loss.temperature", 0.0),
        ("pixel_sampling.share", 0.0),
        ("model.drop_path", 1.0),
        ("loss.clothes_weight", -1),
        ("loss.clothes_epsilon", 1.1),
        ("loss.clothes_start", 1.1),
        ("selection.held_out", -0.1),
        ("selection.every", 0),
        ("trainer.devices", 0),
        ("trainer.num_nodes", 0),
        ("model.last_stride", 3),
    ],
)
def test_a_value_out_of_range_is_named(setting: str, value: float) -> None:
    recipe = Recipe()
    recipe.data.root = Path("data")
    *groups, name = setting.split(".")
    setattr(functools.reduce(getattr, groups, recipe), name, value)
    with pytest.raises(RecipeValueError, match=f"{setting} is {value}"):
        check_recipe(recipe)


def test_a_recipe_without_data_says_what_to_give() -> None:
    with pytest.raises(RecipeValueError, match=r"--data.root FOLDER"):
        check_recipe(Recipe())


def test_an_unknown_system_is_answered_with_the_nearest() -> None:
    recipe = Recipe(model=ModelRecipe(system="pbc"))
    recipe.data.root = Path("data")
    with pytest.raises(RecipeValueError, match=r"model\.system is 'pbc': did you mean 'pcb'"):
        check_recipe(recipe)
