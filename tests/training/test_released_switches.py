from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from training.small_recipe import small_recipe

from ccreid.augment import Normalise
from ccreid.datasets.reid_dataset import Batch
from ccreid.models import ReIDOutput
from ccreid.training.module import ReIDTraining


class Watching(nn.Module):
    """Keeps what it was called with."""

    reads_parts = "always"

    def __init__(self) -> None:
        super().__init__()
        self.inputs: tuple[Tensor, Tensor] | None = None
        self.logits = nn.Parameter(torch.zeros(1, 4))

    def forward(self, images: Tensor, parts: Tensor) -> ReIDOutput:
        self.inputs = images, parts
        logits = self.logits.expand(len(images), -1)
        return ReIDOutput((logits,), (logits,), logits)


def test_part_maps_are_handed_over_as_flipped_and_cropped_as_their_images_and_twice_with_repainted_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small_recipe(tmp_path / "data")
    recipe.augment.jitter = recipe.augment.erasing = 0.0
    module = ReIDTraining(recipe, 4)
    module.model = watching = Watching()
    monkeypatch.setattr(module, "log_dict", lambda *_, **__: None)
    monkeypatch.setattr(module, "log", lambda *_, **__: None)
    # Red says which part a pixel is of; pixel sampling moves it only within the parts.
    parts = torch.randint(0, 6, (8, 32, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    images = torch.stack([parts * 40, torch.zeros_like(parts), torch.zeros_like(parts)], dim=1)
    labels = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
    module.training_step(Batch(images, parts, labels, labels, labels), 0)
    assert watching.inputs is not None
    got, maps = watching.inputs
    assert maps.dtype == torch.uint8
    assert maps.shape == (16, 32, 16)
    assert not torch.equal(maps[:8], parts)
    assert torch.equal(maps[:8], maps[8:])
    red = Normalise()(torch.stack([maps * 40, torch.zeros_like(maps), torch.zeros_like(maps)], dim=1))
    assert torch.allclose(got, red)


def test_the_scale_of_the_rate_comes_over_the_rate(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data")
    schedule = replace(recipe.schedule, learning_rate=0.02, rate_scale=0.1, warmup_epochs=0)
    optimizer = ReIDTraining(replace(recipe, schedule=schedule), 4).configure_optimizers()["optimizer"]
    assert isinstance(optimizer, torch.optim.SGD)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.002)


def test_whether_part_maps_are_cropped_is_the_recipes_choice(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data")
    assert ReIDTraining(recipe, 4).augmentation.crop_parts
    recipe.augment.crop_parts = False
    assert not ReIDTraining(recipe, 4).augmentation.crop_parts
