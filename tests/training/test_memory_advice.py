from pathlib import Path

import pytest
import torch

from ccreid.memory_shortage import Place
from ccreid.recipe import DataRecipe, Recipe, TrainerRecipe
from ccreid.training.memory_advice import memory_advice
from ccreid.training.parser_recipe import ParserRecipe


@pytest.mark.parametrize(
    ("place", "knobs"),
    [
        ("gpu", "set trainer.precision bf16-mixed (32-true now), or lower data.identities or data.instances"),
        ("machine", "set data.cache false, lower data.workers (4 now), or lower data.identities or data.instances"),
        ("readers", "lower data.workers (4 now), or give a container more with --shm-size"),
    ],
)
def test_the_settings_that_need_the_memory_are_named_with_their_values(
    tmp_path: Path, place: Place, knobs: str
) -> None:
    recipe = Recipe(data=DataRecipe(workers=4, cache=True), trainer=TrainerRecipe(precision="32-true"))
    said = memory_advice(recipe, tmp_path, place)
    assert knobs in said
    assert said.endswith("no epoch was finished")
    assert ("(a batch is 16 x 4 images of 256x128 now)" in said) == (place != "readers")


def test_a_parsers_batch_has_a_setting_of_its_own(tmp_path: Path) -> None:
    assert "lower data.batch (8 now)" in memory_advice(ParserRecipe(), tmp_path, "gpu")


def test_the_epoch_that_is_kept_is_named(tmp_path: Path) -> None:
    torch.save({"epoch": 2}, tmp_path / "last.ckpt")
    said = memory_advice(Recipe(), tmp_path, "gpu")
    assert said.endswith(f"epoch 3 is kept in {tmp_path / 'last.ckpt'}, from which --resume goes on")
