from extras import needs

needs("train")

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from datasets.make_market1501 import make_market1501
from safetensors.torch import load_file
from training.small_recipe import small_recipe

from ccreid.datasets.broken import UnreadableError
from ccreid.datasets.decoding import ImageError
from ccreid.datasets.pack import write_pack
from ccreid.datasets.part_maps import PartMapError, write_parts
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import DataSetError
from ccreid.errors import CcreidError
from ccreid.memory_shortage import MemoryShortageError
from ccreid.models.checkpoint import load_checkpoint
from ccreid.parts import Part
from ccreid.recipe import LossRecipe, ModelRecipe, PixelSamplingRecipe, Recipe, SelectionRecipe
from ccreid.training import lightning_fit, run
from ccreid.training.clothes_adversary import ClothesAdversary
from ccreid.training.data import training_loader
from ccreid.training.lightning import Callback
from ccreid.training.module import ReIDTraining
from ccreid.training.recipe_check import RecipeValueError
from ccreid.training.run import fit, prepare, run_recipe
from ccreid.training.run_folder import RunError

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow")]


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def _equal(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_a_run_leaves_a_model_and_tidy_rows(tmp_path: Path) -> None:
    finished = run_recipe(small_recipe(tmp_path / "data", epochs=1), tmp_path / "run", command=["ccreid", "train"])
    assert {(row.setting, row.protocol) for row in finished.rows} == {
        (setting, protocol) for setting in ("cross", "same") for protocol in ("all-gallery", "single-shot")
    }
    assert all(row.queries + row.skipped == 6 for row in finished.rows)
    written = json.loads((tmp_path / "run" / "results.json").read_text())
    assert len(written["rows"]) == 4
    assert set(written["runs"][0]) >= {"commit", "versions", "data", "command", "machine"}
    assert written["runs"][0]["recipe"] == yaml.safe_load((tmp_path / "run" / "recipe.yaml").read_text())
    assert {row["seed"] for row in written["rows"]} == {0}
    assert {"model.safetensors", "recipe.yaml", "last.ckpt", "logs"} <= {p.name for p in (tmp_path / "run").iterdir()}


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    data = PRCC(small_recipe(tmp_path / "data").data.root or tmp_path)
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        fit(small_recipe(tmp_path / "data", seed=seed), data, tmp_path / name)
    assert _equal(_weights(tmp_path / "a"), _weights(tmp_path / "b"))
    assert not _equal(_weights(tmp_path / "a"), _weights(tmp_path / "c"))


def _weights_by_hand(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """Return what one epoch comes to, in a plain loop of SGD."""
    steps = 0
    monkeypatch.setattr(ReIDTraining, "global_step", property(lambda _: steps))
    monkeypatch.setattr(ReIDTraining, "log_dict", lambda *_, **__: None)
    monkeypatch.setattr(ReIDTraining, "log", lambda *_, **__: None)
    assert recipe.data.root is not None
    training = prepare(recipe, PRCC(recipe.data.root))
    learned = [weight for weight in training.module.model.parameters() if weight.requires_grad]
    momenta: list[torch.Tensor | float] = [0.0] * len(learned)
    batches = list(training_loader(training.images, recipe))
    training.module.train()
    for index, batch in enumerate(batches):
        (training.module.training_step(batch, index) / recipe.schedule.accumulate).backward()
        if (index + 1) % recipe.schedule.accumulate and index + 1 < len(batches):
            continue
        gradients = [weight.grad if weight.grad is not None else torch.zeros_like(weight) for weight in learned]
        norm = torch.cat([gradient.flatten() for gradient in gradients]).norm()
        shrunk = min(recipe.schedule.clip / float(norm), 1.0) if recipe.schedule.clip else 1.0
        rate = recipe.schedule.learning_rate * recipe.schedule.warmup_factor
        for place, (weight, gradient) in enumerate(zip(learned, gradients, strict=True)):
            momenta[place] = 0.9 * momenta[place] + gradient * shrunk + 5e-4 * weight.detach()
            weight.data -= rate * momenta[place]
            weight.grad = None
        steps += 1
    monkeypatch.undo()
    assert steps == -(-len(batches) // recipe.schedule.accumulate)
    return training.module.model.state_dict()


@pytest.mark.parametrize(("accumulate", "clip"), [(1, 0.0), (4, 0.5)])
def test_an_epoch_is_what_a_plain_loop_of_sgd_makes_of_its_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accumulate: int, clip: float
) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=1)
    recipe.schedule.accumulate, recipe.schedule.clip = accumulate, clip
    recipe.schedule.learning_rate = 5e-4  # larger steps make much of the last bit of a sum
    expected = _weights_by_hand(recipe, monkeypatch)
    fit(recipe, PRCC(tmp_path / "data"), tmp_path / "run")
    written = _weights(tmp_path / "run")
    assert written.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(written[name], value, rtol=1e-4, atol=1e-6)


def test_images_with_implausible_maps_are_left_out_of_pixel_sampling_wherever_their_pixels_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=1)
    data = PRCC(tmp_path / "data")
    spoilt = data.train[0].parts
    assert spoilt is not None
    write_parts(spoilt, np.full((32, 16), Part.PANTS, dtype=np.uint8))

    def weights(name: str, least: float, cache: bool = False) -> dict[str, torch.Tensor]:
        settings = {
            "data": replace(recipe.data, cache=cache),
            "pixel_sampling": replace(recipe.pixel_sampling, min_plausibility=least),
        }
        fit(replace(recipe, **settings), data, tmp_path / name)
        return _weights(tmp_path / name)

    everything, without, cached = weights("a", 0.0), weights("b", 0.05), weights("c", 0.05, cache=True)
    assert f"1 of {len(data.train)} images are left out of pixel sampling" in capsys.readouterr().err
    assert not _equal(everything, without)
    assert _equal(without, cached)
    write_pack(tmp_path / "data.32x16.pack", tmp_path / "data", data.train, 32, 16)
    assert _equal(without, weights("d", 0.05))


class _StopAfterFirstEpoch(Callback):
    """Stands in for Ctrl-C in the second epoch's first step."""

    def on_train_batch_end(self, trainer, *_) -> None:  # type: ignore[no-untyped-def]
        if trainer.current_epoch == 1:
            raise KeyboardInterrupt


@pytest.mark.parametrize(("workers", "drop_path"), [(0, 0.5), (1, 0.0)])
def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, drop_path: float
) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=3)
    # Workers read ahead, and layers draw for themselves.
    recipe.data.workers, recipe.model.drop_path = workers, drop_path
    run_recipe(recipe, tmp_path / "whole")

    original = lightning_fit.Trainer

    def stopping(*args, callbacks, **settings):  # type: ignore[no-untyped-def]
        return original(*args, callbacks=[_StopAfterFirstEpoch(), *callbacks], **settings)

    monkeypatch.setattr(lightning_fit, "Trainer", stopping)
    with pytest.raises(KeyboardInterrupt):
        run_recipe(recipe, tmp_path / "stopped")
    assert not (tmp_path / "stopped" / "model.safetensors").exists()
    assert (tmp_path / "stopped" / "last.ckpt").is_file()

    monkeypatch.setattr(lightning_fit, "Trainer", original)
    run_recipe(recipe, tmp_path / "stopped", resume=True)
    assert _equal(_weights(tmp_path / "whole"), _weights(tmp_path / "stopped"))


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), "set trainer.precision bf16-mixed"),
        (MemoryError("Unable to allocate 3.00 GiB"), "end other programs"),
    ],
)
@pytest.mark.answers("bad environments", "too little memory, on the GPU and in the machine")
def test_where_memory_does_not_suffice_the_settings_are_named_and_the_last_epoch_is_gone_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, advice: str
) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=2)

    class Full(Callback):
        def on_train_batch_end(self, trainer, *_) -> None:  # type: ignore[no-untyped-def]
            if trainer.current_epoch == 1:
                raise error

    original = lightning_fit.Trainer
    monkeypatch.setattr(
        lightning_fit, "Trainer", lambda *a, callbacks, **named: original(*a, callbacks=[Full(), *callbacks], **named)
    )
    with pytest.raises(MemoryShortageError, match=r"epoch 1 is kept in .*last\.ckpt, from which --resume") as raised:
        run_recipe(recipe, tmp_path / "run")
    assert f"({str(error).rstrip('.')}): {advice}" in str(raised.value)
    assert "lower data.identities or data.instances (a batch is 3 x 2 images of 32x16 now)" in str(raised.value)
    monkeypatch.setattr(lightning_fit, "Trainer", original)
    assert run_recipe(recipe, tmp_path / "run", resume=True).rows


def test_the_running_mean_of_the_weights_is_what_is_saved_and_is_kept_over_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=3)
    data = PRCC(tmp_path / "data")
    fit(recipe, data, tmp_path / "plain")
    recipe.schedule.ema = 0.9
    recipe.schedule.optimizer, recipe.schedule.decay, recipe.schedule.accumulate = "adamw", "cosine", 2
    recipe.schedule.learning_rate, recipe.schedule.clip = 1e-3, 1.0
    fit(recipe, data, tmp_path / "whole")
    last = torch.load(tmp_path / "whole" / "last.ckpt", weights_only=True)["state_dict"]
    mean = {key.removeprefix("average.network."): value for key, value in last.items() if key.startswith("average.net")}
    assert _equal(mean, _weights(tmp_path / "whole"))
    assert not torch.equal(mean["classifier.weight"], last["model.classifier.weight"])
    assert mean.keys() == _weights(tmp_path / "plain").keys()

    original = lightning_fit.Trainer

    def stopping(*args, callbacks, **settings):  # type: ignore[no-untyped-def]
        return original(*args, callbacks=[_StopAfterFirstEpoch(), *callbacks], **settings)

    monkeypatch.setattr(lightning_fit, "Trainer", stopping)
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, data, tmp_path / "stopped")
    monkeypatch.setattr(lightning_fit, "Trainer", original)
    fit(recipe, data, tmp_path / "stopped")
    assert _equal(_weights(tmp_path / "whole"), _weights(tmp_path / "stopped"))


def test_the_best_epoch_on_held_out_identities_is_kept(tmp_path: Path) -> None:
    recipe = replace(small_recipe(tmp_path / "data"), selection=SelectionRecipe(held_out=0.4, every=1))
    finished = run_recipe(recipe, tmp_path / "run")
    assert finished.rows
    classifier = next(value for key, value in _weights(tmp_path / "run").items() if key.startswith("classifier"))
    assert len(classifier) == 4  # two of the six training identities are held out


@pytest.mark.parametrize("precision", ["bf16-true", "64-true"])
def test_a_model_trained_in_another_precision_is_evaluated(tmp_path: Path, precision: str) -> None:
    recipe = replace(small_recipe(tmp_path / "data"), selection=SelectionRecipe(held_out=0.34, every=1))
    recipe.trainer.precision = precision
    assert run_recipe(recipe, tmp_path / "run").rows


def test_a_folder_with_a_run_is_not_overwritten(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=1)
    run_recipe(recipe, tmp_path / "run")
    before = (tmp_path / "run" / "model.safetensors").read_bytes()
    with pytest.raises(RunError, match="--resume"):
        run_recipe(recipe, tmp_path / "run")
    with pytest.raises(RunError, match=r"schedule.learning_rate: 0.01 there, 0.5 now"):
        other = replace(recipe, schedule=replace(recipe.schedule, learning_rate=0.5))
        run_recipe(other, tmp_path / "run", resume=True)
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before


def test_a_run_from_before_a_setting_came_is_resumed_with_its_default(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=1)
    run_recipe(recipe, tmp_path / "run")
    written = yaml.safe_load((tmp_path / "run" / "recipe.yaml").read_text())
    assert written["model"].pop("system") == "baseline"
    (tmp_path / "run" / "recipe.yaml").write_text(yaml.safe_dump(written))
    assert run_recipe(recipe, tmp_path / "run", resume=True).rows
    with pytest.raises(RunError, match=r"model.system: 'baseline' there, 'pcb' now"):
        run_recipe(replace(recipe, model=replace(recipe.model, system="pcb")), tmp_path / "run", resume=True)


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=1)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="is not empty and holds no run"):
        run_recipe(recipe, tmp_path / "run")


def test_pixel_sampling_without_part_maps_is_refused_before_training(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data")
    (tmp_path / "data" / "parts").rename(tmp_path / "data" / "away")
    with pytest.raises(DataSetError, match="part map"):
        run_recipe(recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_test_images_without_the_part_maps_that_the_model_reads_are_refused_before_training(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data")
    recipe.model.system = "head"
    (tmp_path / "data" / "parts" / "test").rename(tmp_path / "data" / "away")
    with pytest.raises(PartMapError, match=r"rgb001\.jpg has no part map.*ccreid parse"):
        run_recipe(recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_all_that_cannot_be_read_is_named_before_training(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data")
    data = PRCC(tmp_path / "data")
    unread, used = data.query[0].parts, data.train[3].parts
    assert unread is not None
    assert used is not None
    for path in (data.train[1].image, data.gallery[2].image, used, unread):
        path.write_bytes(b"cut off")
    with pytest.raises(UnreadableError) as raised:
        run_recipe(recipe, tmp_path / "run")
    assert all(str(path) in str(raised.value) for path in (data.train[1].image, data.gallery[2].image, used))
    assert str(unread) not in str(raised.value)  # the model does not read the part maps of test images
    assert not (tmp_path / "run").exists()


def test_a_model_with_nothing_to_learn_is_written_and_evaluated_after_no_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccreid.models.face.dlib_face_embedding", lambda: lambda _: None)
    recipe = replace(small_recipe(tmp_path / "data"), model=ModelRecipe(system="face", weights="none"))
    recipe.pixel_sampling, recipe.loss = PixelSamplingRecipe(), LossRecipe()
    (tmp_path / "data" / "parts").rename(tmp_path / "data" / "away")
    finished = run_recipe(recipe, tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").glob("[!.]*")} == {
        "recipe.yaml",
        "model.safetensors",
        "results.json",
    }
    assert load_checkpoint(tmp_path / "run" / "model.safetensors").epoch == 0
    assert [(row.R1, row.queries, row.absent_queries) for row in finished.rows] == [(0, 6, 6)] * 4
    assert run_recipe(recipe, tmp_path / "run", resume=True).rows == finished.rows


def test_an_image_that_breaks_while_others_read_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=2)
    recipe = replace(recipe, data=replace(recipe.data, workers=1))
    broken = tmp_path / "data" / "rgb" / "train" / "002" / "A_cropped_rgb001.jpg"
    original = run._fit

    def fit_later(*arguments: Any) -> None:  # after all images were looked at
        broken.write_bytes(b"x")
        original(*arguments)

    monkeypatch.setattr(run, "_fit", fit_later)
    with pytest.raises(ImageError) as raised:
        run_recipe(recipe, tmp_path / "run")
    assert str(raised.value) == f"{broken} is broken or no image: copy it again or remove it"


@pytest.mark.answers("bad environments", "a scheduler ends all processes of a run")
@pytest.mark.parametrize("noticed", ["at once", "while waiting for the worker", "by the run itself"])
def test_a_scheduler_that_ends_all_processes_interrupts_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noticed: str
) -> None:
    # What torch raises of a worker that was told to end, and Lightning keeps of the run's own signal.
    told = RuntimeError("DataLoader worker (pid 7) is killed by signal: Terminated. ")

    def end(callback: Callback, trainer: Any, module: Any) -> None:
        if trainer.current_epoch < 1:
            return
        if noticed == "at once":
            raise told
        trainer._signal_connector.received_sigterm = noticed == "by the run itself"
        raise RuntimeError("DataLoader worker (pid(s) 7) exited unexpectedly") from (
            told if noticed == "while waiting for the worker" else None
        )

    recipe = small_recipe(tmp_path / "data", epochs=2)
    with monkeypatch.context() as patch:
        patch.setattr(lightning_fit.EpochLines, "on_train_epoch_start", end, raising=False)
        with pytest.raises(KeyboardInterrupt):
            run_recipe(recipe, tmp_path / "run")
    assert torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)["epoch"] == 0
    assert run_recipe(recipe, tmp_path / "run", resume=True).rows


def test_a_worker_that_ends_for_another_reason_is_no_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(callback: Callback, trainer: Any, module: Any) -> None:
        raise RuntimeError("DataLoader worker (pid(s) 7) exited unexpectedly")

    monkeypatch.setattr(lightning_fit.EpochLines, "on_train_epoch_start", end, raising=False)
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        run_recipe(small_recipe(tmp_path / "data", epochs=1), tmp_path / "run")


@pytest.mark.parametrize("fault", ["more people in a batch than there are", "nobody held out has a match"])
@pytest.mark.answers("bad environments", "identities that do not fill a batch")
def test_a_recipe_that_does_not_fit_the_data_leaves_the_folder_to_the_next(tmp_path: Path, fault: str) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=1)
    wrong = replace(recipe, data=replace(recipe.data, identities=7))
    if fault.startswith("nobody"):
        wrong = replace(recipe, selection=SelectionRecipe(held_out=0.2))
        for image in (tmp_path / "data" / "rgb" / "train").rglob("C_*"):
            image.unlink()
    with pytest.raises(CcreidError, match=r"lower data\.identities|set selection\.held_out 0"):
        run_recipe(wrong, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert run_recipe(recipe, tmp_path / "run").rows


def test_a_contradiction_in_the_recipe_is_refused(tmp_path: Path) -> None:
    recipe = replace(small_recipe(tmp_path / "data"), pixel_sampling=PixelSamplingRecipe())
    with pytest.raises(RecipeValueError, match="nothing is repainted"):
        run_recipe(recipe, tmp_path / "run")


def test_a_run_goes_on_to_more_epochs_as_if_it_had_been_so_long_from_the_start(tmp_path: Path) -> None:
    run_recipe(small_recipe(tmp_path / "data", epochs=1), tmp_path / "run")
    run_recipe(small_recipe(tmp_path / "data", epochs=2), tmp_path / "run", resume=True)
    run_recipe(small_recipe(tmp_path / "data", epochs=2), tmp_path / "whole")
    assert _equal(_weights(tmp_path / "run"), _weights(tmp_path / "whole"))
    assert yaml.safe_load((tmp_path / "run" / "recipe.yaml").read_text())["schedule"]["epochs"] == 2


def test_the_clothes_classifier_is_resumed_and_is_no_part_of_the_saved_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=3)
    data = PRCC(tmp_path / "data")
    fit(recipe, data, tmp_path / "plain")
    recipe.loss.clothes_weight, recipe.loss.clothes_start = 0.5, 0.34
    begun: list[set[str]] = []
    original = ClothesAdversary.forward

    def forward(self: ClothesAdversary, features: torch.Tensor, rows: torch.Tensor, weight: float) -> Any:
        assert len(features) == len(rows) == 6  # without the repainted copies
        losses = original(self, features, rows, weight)
        begun.append(set(losses))
        return losses

    monkeypatch.setattr(ClothesAdversary, "forward", forward)
    fit(recipe, data, tmp_path / "whole")
    steps = len(begun) // 3
    assert begun == [{"clothes"}] * steps + [{"clothes", "adversarial"}] * 2 * steps
    assert _weights(tmp_path / "plain").keys() == _weights(tmp_path / "whole").keys()
    assert not _equal(_weights(tmp_path / "plain"), _weights(tmp_path / "whole"))

    shorter = replace(recipe, schedule=replace(recipe.schedule, epochs=1))
    original_trainer = lightning_fit.Trainer

    def stopping(*args, callbacks, **settings):  # type: ignore[no-untyped-def]
        return original_trainer(*args, callbacks=[_StopAfterFirstEpoch(), *callbacks], **settings)

    monkeypatch.setattr(lightning_fit, "Trainer", stopping)
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, data, tmp_path / "stopped")
    monkeypatch.setattr(lightning_fit, "Trainer", original_trainer)
    fit(recipe, data, tmp_path / "stopped")
    assert _equal(_weights(tmp_path / "whole"), _weights(tmp_path / "stopped"))
    run_recipe(shorter, tmp_path / "short")
    with pytest.raises(RunError, match=r"schedule\.epochs: 1 there, 3 now"):
        run_recipe(recipe, tmp_path / "short", resume=True)


def test_a_data_set_without_outfits_is_refused_before_the_first_step(tmp_path: Path) -> None:
    recipe = replace(small_recipe(tmp_path / "other"), pixel_sampling=PixelSamplingRecipe(), loss=LossRecipe())
    recipe.data.root = make_market1501(tmp_path / "data")
    recipe.loss.clothes_weight = 1.0
    with pytest.raises(DataSetError, match=r"training images.* do not say which outfit is worn"):
        run_recipe(recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_whose_epochs_depend_on_their_number_is_not_lengthened(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path / "data", epochs=1)
    recipe.schedule.decay = "cosine"
    run_recipe(recipe, tmp_path / "run")
    longer = replace(recipe, schedule=replace(recipe.schedule, epochs=2))
    with pytest.raises(RunError, match=r"schedule\.epochs: 1 there, 2 now"):
        run_recipe(longer, tmp_path / "run", resume=True)


def test_a_run_goes_on_neither_to_fewer_epochs_nor_to_more_with_another_setting(tmp_path: Path) -> None:
    longer = small_recipe(tmp_path / "data", epochs=2)
    run_recipe(longer, tmp_path / "run")
    with pytest.raises(RunError, match=r"schedule\.epochs: 2 there, 1 now"):
        run_recipe(small_recipe(tmp_path / "data", epochs=1), tmp_path / "run", resume=True)
    other = replace(longer, schedule=replace(longer.schedule, epochs=3, learning_rate=0.02))
    with pytest.raises(RunError, match=r"schedule\.learning_rate: 0\.01 there, 0\.02 now"):
        run_recipe(other, tmp_path / "run", resume=True)


def test_a_data_set_that_cannot_be_evaluated_is_refused_before_the_first_step(tmp_path: Path) -> None:
    root = make_market1501(tmp_path / "data")
    for path in root.glob("bounding_box_test/*_c[2-9]*"):
        path.rename(path.with_name(path.name.replace(path.name.split("_")[1][:2], "c1")))
    recipe = replace(small_recipe(tmp_path / "other"), pixel_sampling=PixelSamplingRecipe(), loss=LossRecipe())
    recipe.data.root = root
    with pytest.raises(DataSetError, match=r"none of the \d+ queries of .* has a match .* of another camera"):
        run_recipe(recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()
