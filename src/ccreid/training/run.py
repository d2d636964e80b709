"""A recipe from its images to a trained, evaluated model: what `ccreid train` does."""

import contextlib
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ccreid.datasets.broken import require_readable
from ccreid.datasets.left_out import say_left_out
from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.part_maps import require_parts
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord, PartsMode, spread_evenly
from ccreid.datasets.retrieval_setting import RetrievalSetting
from ccreid.evaluation import ResultRow, provenance, write_results
from ccreid.evaluation.evaluate import evaluate_model
from ccreid.memory_shortage import shortage_explained
from ccreid.models import SYSTEMS
from ccreid.models.checkpoint import MODEL_FILE, save_checkpoint
from ccreid.models.reid_model import ReIDModel
from ccreid.recipe import Recipe
from ccreid.training.clothes_adversary import outfits_of
from ccreid.training.data import TrainingData, TrainingImages, recipe_pack, training_images, training_sampler
from ccreid.training.divergence import DivergenceError, StopAtDivergence
from ccreid.training.implausible_maps import implausible_maps
from ccreid.training.lightning import Callback, Trainer, is_first_process
from ccreid.training.lightning_fit import fit_module
from ccreid.training.memory_advice import memory_advice
from ccreid.training.module import ReIDTraining
from ccreid.training.recipe_check import check_recipe
from ccreid.training.run_folder import RESULTS_FILE, RESUME_FILE, claimed_folder
from ccreid.training.selection import HeldOutSelection
from ccreid.training.walk_silhouettes import WalkSilhouettes

# Training images whose features are looked at after each epoch.
_FEW: Final = 4


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
        MemoryShortageError: The memory of the machine or the GPU does not suffice; the last finished epoch is kept.
        KeyboardInterrupt: Ctrl-C; the last finished epoch is kept.
    """
    data = open_for_training(recipe)
    # Whatever does not fit shows before the folder is claimed, so that it can be given again with other settings.
    training = prepare(recipe, data)
    with claimed_folder(folder, recipe, resume) if is_first_process() else contextlib.nullcontext():
        started = time.monotonic()
        with shortage_explained(partial(memory_advice, recipe, folder)):
            _fit(training, recipe, folder)
        seconds = time.monotonic() - started
        if not is_first_process():
            return RunResult(folder, (), seconds)
        rows = evaluate_model(ReIDModel.from_pretrained(folder / MODEL_FILE), data)
        write_results(folder / RESULTS_FILE, rows, provenance(data.root, command, asdict(recipe)))
        return RunResult(folder, rows, seconds)


def open_for_training(recipe: Recipe) -> PeopleDataSet:
    """Check a recipe, open its data set, and refuse one that a run could not be evaluated on after its training.

    Raises:
        ValueError: A value of the recipe is out of its range, or the data set cannot be read or evaluated.
    """
    check_recipe(recipe)
    assert recipe.data.root is not None  # check_recipe refuses a recipe without it
    use = SYSTEMS[recipe.model.system].reads_parts
    parts: PartsMode = "none" if use == "never" and not recipe.pixel_sampling.parts else "required"
    data = open_data_set(recipe.data.root, recipe.data.dataset, parts, recipe.data.modality, recipe.data.test_share)
    if is_first_process():
        say_left_out(data)
    # Evaluation would ask for these too, but after the training.
    data.require_matches()
    if use == "always":
        require_parts(data.test_records())
    if is_first_process():
        tested = data.test_records() if use == "always" else [replace(one, parts=None) for one in data.test_records()]
        require_readable([*data.train, *tested], recipe_pack(recipe))
    return data


@dataclass(frozen=True)
class Training:
    """What is trained, on which images.

    Attributes:
        images: The training images.
        module: What is trained.
        held_out: How the held-out images are searched; None where the last epoch is taken.
    """

    images: TrainingImages
    module: ReIDTraining
    held_out: RetrievalSetting | None

    @property
    def learns(self) -> bool:
        """Whether there is anything to learn; there is not in a face detector with an embedding."""
        return any(weight.requires_grad for weight in self.module.model.parameters())


def prepare(recipe: Recipe, data: PeopleDataSet) -> Training:
    """Choose the training images and build the model with its first weights.

    Args:
        recipe: What to train and how.
        data: Whose training images are learned.

    Raises:
        ValueError: The recipe does not fit the data set.
    """
    torch.manual_seed(recipe.seed)
    images = training_images(data, recipe)
    walks = None
    if SYSTEMS[recipe.model.system].reads_parts == "walks":
        walks = WalkSilhouettes.read(data.root, images.learned, recipe.data.height, recipe.augment.flip)
    held_out = data.held_out_setting(images.held_out) if images.held_out else None
    outfits = outfits_of(images.learned) if recipe.loss.clothes_weight else None
    module = ReIDTraining(recipe, len(images.labels), walks, _implausible(images.learned, recipe), outfits)
    training = Training(images, module, held_out)
    if training.learns:
        training_sampler(images, recipe)  # which refuses batches of more people than there are
    return training


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
    _fit(prepare(recipe, data), recipe, folder)


def _fit(training: Training, recipe: Recipe, folder: Path) -> None:
    images, module = training.images, training.module
    if not training.learns:
        if is_first_process():
            save_checkpoint(folder / MODEL_FILE, module.learned, recipe, epoch=0)
        return
    few = spread_evenly(images.learned, _FEW)

    def features() -> NDArray[np.float32]:
        return ReIDModel(module.learned, recipe, module.device).embed_records(few)

    callbacks: list[Callback] = [StopAtDivergence(images.learned, folder, features)]
    if training.held_out is not None:
        callbacks.append(HeldOutSelection(training.held_out, folder / MODEL_FILE, recipe_pack(recipe)))
    try:
        trainer = fit_training(training, recipe, folder, callbacks)
    except DivergenceError as error:
        if training.held_out is None and is_first_process():
            _write_kept_epoch(module, folder)
        if not (folder / MODEL_FILE).is_file():
            raise
        raise DivergenceError(f"{error}; `ccreid evaluate {folder}` evaluates what is kept") from error
    if training.held_out is None and trainer.is_global_zero:
        save_checkpoint(folder / MODEL_FILE, module.learned, recipe, trainer.current_epoch)


def fit_training(training: Training, recipe: Recipe, folder: Path, callbacks: Sequence[Callback]) -> Trainer:
    """Take the steps of a run; see `fit_module`, whose errors it raises.

    Args:
        training: What is trained, on which images.
        recipe: How.
        folder: Where last.ckpt and the logs are written.
        callbacks: Of the run's own.
    """
    return fit_module(
        training.module,
        TrainingData(training.images, recipe),
        folder,
        recipe.trainer,
        recipe.schedule.epochs,
        callbacks,
        clip=recipe.schedule.clip,
        accumulate=recipe.schedule.accumulate,
    )


def _implausible(records: Sequence[ImageRecord], recipe: Recipe) -> torch.Tensor | None:
    least = recipe.pixel_sampling.min_plausibility
    if not recipe.pixel_sampling.parts or least == 0:
        return None
    left_out = implausible_maps(records, least)
    if is_first_process():
        print(
            f"{int(left_out.sum()):,} of {len(records):,} images are left out of pixel sampling: the plausibility of "
            f"their part maps is below {least}",
            file=sys.stderr,
        )
    return left_out


def _write_kept_epoch(module: ReIDTraining, folder: Path) -> None:
    """Write the weights of the last finished epoch, if there is one, as the model of a run that went no further."""
    last = folder / RESUME_FILE
    if not last.is_file():
        return
    kept = torch.load(last, map_location="cpu", weights_only=True)
    module.load_state_dict(kept["state_dict"])
    save_checkpoint(folder / MODEL_FILE, module.learned, module.recipe, kept["epoch"] + 1)
