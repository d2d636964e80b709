from extras import needs

needs("train")

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from training.small_recipe import small_recipe

from ccreid.datasets.prcc import PRCC
from ccreid.evaluation.evaluate import evaluate_model
from ccreid.models.reid_model import ReIDModel
from ccreid.recipe import SelectionRecipe
from ccreid.training.divergence import DivergenceError
from ccreid.training.lightning import Callback
from ccreid.training.module import ReIDTraining
from ccreid.training.run import run_recipe
from ccreid.training.selection import HeldOutSelection

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow")]


def _spoil(monkeypatch: pytest.MonkeyPatch, epoch: int, value: float = float("nan")) -> list[int]:
    """Let the loss be no number from an epoch's first step on; return the steps that ran."""
    steps: list[int] = []
    original = ReIDTraining.training_step

    def step(self, batch, batch_index):  # type: ignore[no-untyped-def]
        steps.append(self.global_step)
        loss = original(self, batch, batch_index)
        return loss * value if self.current_epoch >= epoch else loss

    monkeypatch.setattr(ReIDTraining, "training_step", step)
    return steps


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_run_stops_at_the_first_loss_that_is_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    steps = _spoil(monkeypatch, 1, value)
    recipe = small_recipe(tmp_path / "data", epochs=3)
    with pytest.raises(DivergenceError) as raised:
        run_recipe(recipe, tmp_path / "run")
    message = str(raised.value)
    assert f"the loss is {value} in step 1 of epoch 2" in message
    assert message.count("_cropped_rgb") == 6  # the batch's files, each once
    assert f"epoch 1 is kept in {tmp_path / 'run' / 'last.ckpt'}; lower schedule.learning_rate" in message
    assert steps[-1] == steps.index(steps[-1])  # no step after the broken one
    kept = torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)
    assert kept["epoch"] == 0
    assert all(value.isfinite().all() for value in kept["state_dict"].values())
    assert message.endswith(f"`ccreid evaluate {tmp_path / 'run'}` evaluates what is kept")
    model = ReIDModel.from_pretrained(tmp_path / "run")
    assert model.epoch == 1
    assert all(
        torch.equal(value, kept["state_dict"][f"model.{name}"]) for name, value in model.network.state_dict().items()
    )
    assert evaluate_model(model, PRCC(tmp_path / "data", parts="none"))
    assert not (tmp_path / "run" / "results.json").exists()


def test_in_the_first_epoch_there_is_nothing_to_keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _spoil(monkeypatch, 0)
    with pytest.raises(DivergenceError, match="no epoch was finished; lower"):
        run_recipe(small_recipe(tmp_path / "data"), tmp_path / "run")
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_the_best_epoch_on_held_out_people_stays_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _spoil(monkeypatch, 2)
    recipe = replace(small_recipe(tmp_path / "data", epochs=3), selection=SelectionRecipe(held_out=0.34, every=1))
    monkeypatch.setattr(HeldOutSelection, "score", lambda self, training: 1.0 - training.current_epoch)
    with pytest.raises(DivergenceError, match=r"epoch 2 is kept in .*evaluates what is kept"):
        run_recipe(recipe, tmp_path / "run")
    assert ReIDModel.from_pretrained(tmp_path / "run").epoch == 1


def test_weights_that_are_no_numbers_do_not_take_the_last_epoch_s_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_recipe(small_recipe(tmp_path / "data", epochs=1), tmp_path / "run")
    before = (tmp_path / "run" / "last.ckpt").read_bytes()

    def spoil(self: Callback, trainer, module, *_) -> None:  # type: ignore[no-untyped-def]
        if trainer.is_last_batch:
            with torch.no_grad():
                next(module.parameters()).fill_(float("inf"))

    monkeypatch.setattr("ccreid.training.epoch_lines.EpochLines.on_train_batch_end", spoil, raising=False)
    with pytest.raises(
        DivergenceError, match=r"1 weights, such as model\.\S+, are no numbers after epoch 2: epoch 1 is"
    ):
        run_recipe(small_recipe(tmp_path / "data", epochs=2), tmp_path / "run", resume=True)
    assert (tmp_path / "run" / "last.ckpt").read_bytes() == before


def test_weights_of_an_epoch_s_last_step_that_make_no_features_do_not_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(self: Callback, trainer, module, *_) -> None:  # type: ignore[no-untyped-def]
        if trainer.is_last_batch and trainer.current_epoch == 1:
            with torch.no_grad():
                for weight in module.parameters():
                    weight.fill_(1e30)

    monkeypatch.setattr("ccreid.training.epoch_lines.EpochLines.on_train_batch_end", spoil, raising=False)
    with pytest.raises(DivergenceError, match="features of images are no numbers after epoch 2: epoch 1 is kept"):
        run_recipe(small_recipe(tmp_path / "data"), tmp_path / "run")
    assert ReIDModel.from_pretrained(tmp_path / "run").epoch == 1


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed", "bf16-true", "64-true"])
def test_a_rate_far_too_high_is_noticed_without_help(tmp_path: Path, precision: str) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=30)
    recipe = replace(recipe, schedule=replace(recipe.schedule, learning_rate=1e30, warmup_epochs=0))
    recipe.trainer.precision = precision
    with pytest.raises(DivergenceError, match=r"lower schedule\.learning_rate \(1e\+30 now\)"):
        run_recipe(recipe, tmp_path / "run")


def test_the_kept_epoch_goes_on_at_the_same_rate_where_the_batch_was_to_blame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        _spoil(patched, 1)
        with pytest.raises(DivergenceError):
            run_recipe(small_recipe(tmp_path / "data"), tmp_path / "run")
    assert run_recipe(small_recipe(tmp_path / "data"), tmp_path / "run", resume=True).rows
    assert ReIDModel.from_pretrained(tmp_path / "run").epoch == 2
