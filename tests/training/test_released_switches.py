from extras import needs

needs("train")

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from training.small_recipe import small_recipe

from ccreid.training.module import ReIDTraining


def test_the_scale_of_the_rate_comes_over_the_rate(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data")
    schedule = replace(recipe.schedule, learning_rate=0.02, rate_scale=0.1, warmup_epochs=0)
    optimizer = ReIDTraining(replace(recipe, schedule=schedule), 4).configure_optimizers()["optimizer"]
    assert isinstance(optimizer, torch.optim.SGD)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.002)


@pytest.mark.slow
def test_whether_part_maps_are_cropped_is_the_recipes_choice(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data")
    assert ReIDTraining(recipe, 4).augmentation.crop_parts
    recipe.augment.crop_parts = False
    assert not ReIDTraining(recipe, 4).augmentation.crop_parts
