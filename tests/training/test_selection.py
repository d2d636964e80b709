from extras import needs

needs("train")

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from training.small_recipe import small_recipe

from ccreid.datasets.prcc import PRCC
from ccreid.models.checkpoint import load_checkpoint
from ccreid.recipe import Recipe, SelectionRecipe
from ccreid.training import lightning_fit
from ccreid.training.lightning import Callback
from ccreid.training.run import fit
from ccreid.training.selection import HeldOutSelection

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow")]


class _WeightsOfEachEpoch(Callback):
    def __init__(self) -> None:
        self.kept: list[torch.Tensor] = []

    def on_train_epoch_end(self, trainer, module) -> None:  # type: ignore[no-untyped-def]
        self.kept.append(module.model.classifier.weight.detach().clone())


def _recipe(data: Path, epochs: int, every: int = 1) -> Recipe:
    return replace(small_recipe(data, epochs), selection=SelectionRecipe(held_out=0.4, every=every))


def _train(
    monkeypatch: pytest.MonkeyPatch, recipe: Recipe, run: Path, scores: Sequence[float], *also: Callback
) -> None:
    """Train with these scores on the held-out identities, one after the other."""
    assert recipe.data.root is not None
    given, original = iter(scores), lightning_fit.Trainer
    with monkeypatch.context() as patch:
        patch.setattr(HeldOutSelection, "score", lambda *_: next(given))
        patch.setattr(
            lightning_fit, "Trainer", lambda callbacks, **rest: original(callbacks=[*callbacks, *also], **rest)
        )
        fit(recipe, PRCC(recipe.data.root), run)
    assert list(given) == []


def test_the_weights_of_the_best_epoch_are_kept_and_of_equals_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = _WeightsOfEachEpoch()
    _train(monkeypatch, _recipe(tmp_path / "data", 4), tmp_path / "run", [0.3, 0.9, 0.5, 0.9], each)
    trained = load_checkpoint(tmp_path / "run" / "model.safetensors")
    assert trained.epoch == 2
    assert torch.equal(trained.network.classifier.weight, each.kept[1])  # type: ignore[union-attr]
    assert not torch.equal(each.kept[1], each.kept[3])


def test_a_resumed_run_keeps_the_best_epoch_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _train(monkeypatch, _recipe(tmp_path / "data", 2), tmp_path / "run", [0.9, 0.4])
    _train(monkeypatch, _recipe(tmp_path / "data", 3), tmp_path / "run", [0.5])
    assert load_checkpoint(tmp_path / "run" / "model.safetensors").epoch == 1
    _train(monkeypatch, _recipe(tmp_path / "data", 4), tmp_path / "run", [0.95])
    assert load_checkpoint(tmp_path / "run" / "model.safetensors").epoch == 4


def test_the_held_out_are_looked_at_every_few_epochs_and_after_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _train(monkeypatch, _recipe(tmp_path / "data", 5, every=2), tmp_path / "run", [0.1, 0.2, 0.3])
    assert load_checkpoint(tmp_path / "run" / "model.safetensors").epoch == 5
