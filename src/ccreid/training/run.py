"""A recipe from its images to a trained, evaluated model: what `ccreid train` does."""

import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ccreid.datasets.check.readable import require_readable
from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.part_maps import require_parts
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord, PartsMode
from ccreid.evaluation import ResultRow, provenance, write_results
from ccreid.evaluation.evaluate import evaluate_model
from ccreid.models import SYSTEMS
from ccreid.models.checkpoint import MODEL_FILE, save_checkpoint
from ccreid.models.reid_model import ReIDModel
from ccreid.recipe import Recipe
from ccreid.training.data import TrainingData, recipe_pack, training_images
from ccreid.training.divergence import StopAtDivergence
from ccreid.training.implausible_maps import implausible_maps
from ccreid.training.lightning import Callback, rank_zero_only
from ccreid.training.lightning_fit import fit_module
from ccreid.training.module import ReIDTraining
from ccreid.training.recipe_check import check_recipe
from ccreid.training.run_folder import RESULTS_FILE, claimed_folder
from ccreid.training.selection import HeldOutSelection
from ccreid.training.walk_silhouettes import WalkSilhouettes


@dataclass(frozen=True)
class RunResult:
    """What a run leaves.

    Attributes:
        folder: With recipe.yaml, model.safetensors, results.json and, where something was trained, last.ckpt and the
            TensorBoard logs.
        rows: Results on the test set, in fractions; none in further processes of a run on several devices.
        seconds: Time spent training in this call.
    """

    folder: Path
    rows: Sequence[ResultRow]
    seconds: float


def run_recipe(recipe: Recipe, folder: Path, *, resume: bool = False, command: Sequence[str] = ()) -> RunResult:
    """Train a recipe, pick its weights, evaluate them on the test set, and write everything to a folder.

    Args:
        recipe: What to train and how; `recipe.data.root` must be set.
        folder: Where the run is written.
        resume: Go on from the folder's last finished epoch; a folder without one starts from the beginning.
        command: The command line, for the record in results.json.

    Raises:
        RunError: The folder holds a run and `resume` is not set, it holds a run of another recipe, or another process
            trains in it.
        ValueError: A value of the recipe is out of its range, or the data set cannot be read or evaluated; all broken
            images and part maps are named.
        DivergenceError: The loss is no number; the last finished epoch is kept.
        KeyboardInterrupt: Ctrl-C; the last finished epoch is kept.
    """
    check_recipe(recipe)
    assert recipe.data.root is not None  # check_recipe refuses a recipe without it
    use = SYSTEMS[recipe.model.system].reads_parts
    parts: PartsMode = "none" if use == "never" and not recipe.pixel_sampling.parts else "required"
    data = open_data_set(recipe.data.root, recipe.data.dataset, parts, recipe.data.modality, recipe.data.test_share)
    if data.skipped and _is_first_process():
        print(data.left_out(), file=sys.stderr)
    # Evaluation would ask for these too, but after the training.
    data.require_matches()
    if use == "always":
        require_parts(data.test_records())
    if _is_first_process():
        tested = data.test_records() if use == "always" else [replace(one, parts=None) for one in data.test_records()]
        require_readable([*data.train, *tested], recipe_pack(recipe))
    with claimed_folder(folder, recipe, resume) if _is_first_process() else contextlib.nullcontext():
        started = time.monotonic()
        fit(recipe, data, folder)
        seconds = time.monotonic() - started
        if not _is_first_process():
            return RunResult(folder, (), seconds)
        rows = evaluate_model(ReIDModel.from_pretrained(folder / MODEL_FILE), data)
        write_results(folder / RESULTS_FILE, rows, provenance(data.root, command))
        return RunResult(folder, rows, seconds)


def fit(recipe: Recipe, data: PeopleDataSet, folder: Path) -> None:
    """Train to the recipe's last epoch, from the folder's last finished epoch if there is one.

    Writes last.ckpt after every epoch, and model.safetensors: the weights of the best epoch on the held-out
    identities, or of the last epoch. A model that has nothing to learn is written as it is, after no epoch.

    Args:
        recipe: What to train and how.
        data: Whose training images are learned.
        folder: Of the run.

    Raises:
        ValueError: The recipe does not fit the data set.
        DivergenceError: The loss is no number; the last finished epoch is kept.
        KeyboardInterrupt: Ctrl-C; the last finished epoch is kept.
    """
    torch.manual_seed(recipe.seed)
    images = training_images(data, recipe)
    walks = None
    if SYSTEMS[recipe.model.system].reads_parts == "walks":
        walks = WalkSilhouettes.read(data.root, images.learned, recipe.data.height, recipe.augment.flip)
    unsampled = _implausible(images.learned, recipe)
    module = ReIDTraining(recipe, len(images.labels), walks, unsampled)
    if not any(weight.requires_grad for weight in module.model.parameters()):
        # There is nothing to learn, as in a face detector with an embedding: the model is done as it is.
        if _is_first_process():
            save_checkpoint(folder / MODEL_FILE, module.model, recipe, epoch=0)
        return
    callbacks: list[Callback] = [StopAtDivergence(images.learned, folder)]
    if images.held_out:
        setting = data.held_out_setting(images.held_out)
        callbacks.append(HeldOutSelection(setting, folder / MODEL_FILE, recipe_pack(recipe)))
    trainer = fit_module(
        module, TrainingData(images, recipe), folder, recipe.trainer, recipe.schedule.epochs, callbacks
    )
    if not images.held_out and trainer.is_global_zero:
        save_checkpoint(folder / MODEL_FILE, module.model, recipe, trainer.current_epoch)


def _implausible(records: Sequence[ImageRecord], recipe: Recipe) -> torch.Tensor | None:
    least = recipe.pixel_sampling.min_plausibility
    if not recipe.pixel_sampling.parts or least == 0:
        return None
    left_out = implausible_maps(records, least)
    if _is_first_process():
        print(
            f"{int(left_out.sum()):,} of {len(records):,} images are left out of pixel sampling: the plausibility of "
            f"their part maps is below {least}",
            file=sys.stderr,
        )
    return left_out


def _is_first_process() -> bool:
    # Lightning reads it from the environment that torchrun, SLURM or its own launcher sets.
    return int(getattr(rank_zero_only, "rank", None) or 0) == 0
