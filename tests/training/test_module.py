from extras import needs

needs("train")

from pathlib import Path
from typing import Any

import pytest
import torch
from closeness import assert_close
from torch import Tensor, nn
from training.small_recipe import small_recipe

from ccreid.augment import Normalise
from ccreid.datasets.reid_dataset import Batch
from ccreid.models import ReIDOutput
from ccreid.models.gi_reid import FRAMES
from ccreid.parts import Part
from ccreid.training.module import ReIDTraining
from ccreid.training.walk_silhouettes import WalkSilhouettes


class Watching(nn.Module):
    """Keeps what it was called with."""

    reads_parts = "always"

    def __init__(self) -> None:
        super().__init__()
        self.inputs: Any = None
        self.logits = nn.Parameter(torch.zeros(1, 4))

    def forward(self, images: Tensor, parts: Tensor) -> ReIDOutput:
        self.inputs = images, parts
        logits = self.logits.expand(len(images), -1)
        return ReIDOutput((logits,), (logits,), logits)


class WatchingWalks(Watching):
    reads_parts = "walks"


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
    module.training_step(Batch(images, parts, labels, labels), 0)
    assert watching.inputs is not None
    got, maps = watching.inputs
    assert maps.dtype == torch.uint8
    assert maps.shape == (16, 32, 16)
    assert not torch.equal(maps[:8], parts)
    assert torch.equal(maps[:8], maps[8:])
    red = Normalise()(torch.stack([maps * 40, torch.zeros_like(maps), torch.zeros_like(maps)], dim=1))
    assert_close(got, red, terms=2)


@pytest.mark.slow
def test_the_pixels_of_an_image_that_is_left_out_neither_change_nor_appear_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small_recipe(tmp_path / "data")
    recipe.augment.flip = recipe.augment.jitter = recipe.augment.erasing = 0.0
    recipe.augment.crop_padding = 0
    rows, labels = torch.tensor([4, 0, 5, 2]), torch.tensor([0, 0, 1, 1])
    parts = torch.full((4, 32, 16), Part.PANTS, dtype=torch.uint8)
    parts[:, :16] = Part.UPPER_CLOTHES
    # Each image has a grey of its own, which says whose a pixel was.
    greys = torch.tensor([10, 60, 110, 160], dtype=torch.uint8)
    images = greys[:, None, None, None].expand(4, 3, 32, 16).contiguous()

    def owners(unsampled: Tensor | None) -> Tensor:
        module = ReIDTraining(recipe, 4, unsampled=unsampled)
        module.model = watching = Watching()
        monkeypatch.setattr(module, "log_dict", lambda *_, **__: None)
        monkeypatch.setattr(module, "log", lambda *_, **__: None)
        module.training_step(Batch(images, parts, labels, rows), 0)
        got, maps = watching.inputs
        assert torch.equal(maps, torch.cat([parts, parts]))
        known = Normalise()(images)[:, 0, 0, 0]
        return (got[4:, :1, ..., None] - known).abs().argmin(dim=-1).flatten(1)

    everyone, without = owners(None), owners(torch.tensor([False, False, False, True, False, True]))
    assert torch.equal(everyone, owners(torch.zeros(6, dtype=torch.bool)))
    assert (everyone[2] != 2).any()
    assert (without[2] == 2).all()
    assert (without[[0, 1, 3]] != 2).all()
    assert (without[[0, 1, 3]] != torch.tensor([[0], [1], [3]])).any()


@pytest.mark.slow
@pytest.mark.parametrize(("share", "copies"), [(1.0, 8), (0.5, 4), (0.01, 1)])
def test_a_share_of_the_images_gets_a_copy_and_is_compared_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, copies: int
) -> None:
    recipe = small_recipe(tmp_path / "data")
    recipe.augment.jitter = recipe.augment.erasing = 0.0
    recipe.augment.crop_padding = 0
    recipe.pixel_sampling.share = share
    module = ReIDTraining(recipe, 4)
    module.model = watching = Watching()
    monkeypatch.setattr(module, "log_dict", lambda *_, **__: None)
    monkeypatch.setattr(module, "log", lambda *_, **__: None)
    compared: list[tuple[Tensor, ...]] = []
    original = module.loss.forward
    monkeypatch.setattr(module.loss, "forward", lambda *inputs: compared.append(inputs) or original(*inputs))
    parts = torch.zeros(8, 32, 16, dtype=torch.uint8)
    # Each image has a grey of its own, all of it background, which is not repainted.
    images = (torch.arange(8, dtype=torch.uint8) * 30 + 10)[:, None, None, None].expand(8, 3, 32, 16).contiguous()
    rows = torch.arange(8)
    labels = rows // 2
    module.training_step(Batch(images, parts, labels, rows), 0)
    got, _ = watching.inputs
    *_, copied = compared[0]
    assert len(got) == 8 + copies
    assert copied.tolist() == sorted(set(copied.tolist()))
    assert torch.equal(got[8:, :, 16, 8], got[copied][:, :, 16, 8])
    assert torch.equal(compared[0][2], torch.cat([labels, labels[copied]]))


def test_walks_are_those_around_the_batchs_rows_and_twice_with_repainted_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silhouettes = torch.arange(20, dtype=torch.uint8)[:, None, None].expand(20, 16, 11)
    places = (torch.arange(20)[:, None] + torch.arange(FRAMES)) % 20
    walks = WalkSilhouettes(silhouettes, places, torch.ones(20, FRAMES, dtype=torch.bool), 0.5)
    module = ReIDTraining(small_recipe(tmp_path / "data"), 4, walks)
    module.model = watching = WatchingWalks()
    monkeypatch.setattr(module, "log_dict", lambda *_, **__: None)
    monkeypatch.setattr(module, "log", lambda *_, **__: None)
    rows = torch.tensor([7, 3, 0, 11])
    labels = torch.tensor([0, 0, 1, 1])
    images, parts = torch.zeros(4, 3, 32, 16, dtype=torch.uint8), torch.zeros(4, 32, 16, dtype=torch.uint8)
    module.training_step(Batch(images, parts, labels, rows), 0)
    assert watching.inputs is not None
    _, walk = watching.inputs
    shown = (walk.silhouettes[:, :, 0, 0] * 255).round().long()
    assert torch.equal(shown, torch.cat([places[rows], places[rows]]))


def test_layers_on_the_backbone_learn_at_their_own_rate(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data")
    recipe.schedule.learning_rate, recipe.schedule.head_rate, recipe.schedule.warmup_epochs = 0.02, 10, 0
    module = ReIDTraining(recipe, 4)
    optimizer = module.configure_optimizers()["optimizer"]
    rate_of = {id(weight): group["lr"] for group in optimizer.param_groups for weight in group["params"]}
    rates = {name: rate_of[id(weight)] for name, weight in module.model.named_parameters() if weight.requires_grad}
    assert {name.split(".")[0] for name in rates} > {"backbone"}
    for name, rate in rates.items():
        assert rate == pytest.approx(0.02 if name.startswith("backbone.") else 0.2)


@pytest.mark.slow
def test_what_has_no_generator_draws_the_same_in_an_epoch_whatever_was_drawn_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 6
    monkeypatch.setattr(ReIDTraining, "global_step", property(lambda _: steps))

    def drawn(seed: int = 0) -> list[float]:
        torch.rand(5)
        ReIDTraining(small_recipe(tmp_path / "data", seed=seed), 4).on_train_epoch_start()
        kept: list[float] = nn.Dropout()(torch.ones(32)).tolist()
        return kept

    one, again, other_seed = drawn(), drawn(), drawn(seed=1)
    assert one == again
    assert one != other_seed
    steps = 12
    assert drawn() != one
