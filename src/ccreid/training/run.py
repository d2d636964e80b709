"""A recipe from its images to a trained, evaluated model: what `ccreid train` does."""

import dataclasses
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import yaml
from pytorch_lightning import Trainer
from pytorch_lightning.callbacks import Callback, ModelCheckpoint, RichProgressBar
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.trainer.states import TrainerStatus
from pytorch_lightning.utilities import rank_zero_only

from ccreid.datasets.pack import open_pack
from ccreid.datasets.prcc import PRCC
from ccreid.evaluation import Reranking, ResultRow, provenance, write_results
from ccreid.evaluation.test_set import evaluate_model
from ccreid.training.checkpoint import TrainedModel, load_model, save_model
from ccreid.training.data import TrainingData, recipe_pack, training_images
from ccreid.training.epoch_lines import EpochLines
from ccreid.training.module import ReIDTraining
from ccreid.training.recipe import Recipe
from ccreid.training.recipe_check import check_recipe
from ccreid.training.selection import HeldOutSelection

MODEL_FILE = "model.safetensors"
RESULTS_FILE = "results.json"
RECIPE_FILE = "recipe.yaml"
RESUME_FILE = "last.ckpt"

_INTERACTIVE = sys.stderr.isatty()

# Lightning's advice about what is meant: the recipe says how many loader processes there are, a resumed run's folder is
# not empty, and a precision below 32 bits was asked for.
_EXPECTED_WARNINGS = (
    ".*does not have many workers.*",
    ".*Checkpoint directory .* exists and is not empty.*",
    ".*isinstance.treespec, LeafSpec.*",
)


class RunError(ValueError):
    """A run cannot start in a folder; the message names the folder and what to do."""


@dataclass(frozen=True)
class FinishedRun:
    """What a run leaves.

    Attributes:
        folder: With recipe.yaml, model.safetensors, results.json, last.ckpt and the TensorBoard logs.
        rows: Results on the test set, in fractions; none in further processes of a run on several devices.
        seconds: Time spent training in this call.
    """

    folder: Path
    rows: Sequence[ResultRow]
    seconds: float


def run_recipe(recipe: Recipe, folder: Path, *, resume: bool = False, command: Sequence[str] = ()) -> FinishedRun:
    """Train a recipe, pick its weights, evaluate them on the test set, and write everything to a folder.

    Args:
        recipe: What to train and how; `recipe.data.root` must be set.
        folder: Where the run is written.
        resume: Go on from the folder's last finished epoch; a folder without one starts from the beginning.
        command: The command line, for the record in results.json.

    Raises:
        RunError: The folder holds a run and `resume` is not set, or it holds a run of another recipe.
        ValueError: A value of the recipe is out of its range, or the data set cannot be read.
        KeyboardInterrupt: Ctrl-C; the last finished epoch is kept.
    """
    check_recipe(recipe)
    assert recipe.data.root is not None  # check_recipe refuses a recipe without it
    data = PRCC(recipe.data.root, parts="required" if recipe.pixel_sampling.parts else "none")
    if _is_first_process():
        _claim(folder, recipe, resume)
    started = time.monotonic()
    fit(recipe, data, folder)
    seconds = time.monotonic() - started
    if not _is_first_process():
        return FinishedRun(folder, (), seconds)
    rows = evaluate_trained(load_model(folder / MODEL_FILE), data)
    write_results(folder / RESULTS_FILE, rows, provenance(data.root, command))
    return FinishedRun(folder, rows, seconds)


def evaluate_trained(
    trained: TrainedModel, data: PRCC, device: str = "auto", reranking: Reranking | None = None
) -> list[ResultRow]:
    """Evaluate a trained model at its own image size; `device` is auto or one of torch's.

    Raises:
        ValueError: The device is not there, or a test image is broken.
    """
    recipe = trained.recipe
    # A pack that the recipe names belongs to the data set that the model was trained on.
    own = recipe.data.pack if recipe.data.root == data.root else None
    return evaluate_model(
        trained.model,
        data,
        recipe.data.height,
        recipe.data.width,
        recipe=recipe.name,
        seed=recipe.seed,
        device=_device(device),
        reranking=reranking,
        pack=open_pack(data.root, recipe.data.height, recipe.data.width, own),
    )


def fit(recipe: Recipe, data: PRCC, folder: Path) -> None:
    """Train to the recipe's last epoch, from the folder's last finished epoch if there is one.

    Writes last.ckpt after every epoch, and model.safetensors: the weights of the best epoch on the held-out
    identities, or of the last epoch.
    """
    torch.manual_seed(recipe.seed)
    images = training_images(data, recipe)
    module = ReIDTraining(recipe, len(images.labels))
    callbacks: list[Callback] = [
        ModelCheckpoint(folder, filename=Path(RESUME_FILE).stem, save_top_k=1, enable_version_counter=False),
        RichProgressBar() if _INTERACTIVE else EpochLines(),
    ]
    if images.held_out:
        callbacks.append(HeldOutSelection(images.held_out, folder / MODEL_FILE, recipe_pack(recipe)))
    with warnings.catch_warnings():
        for message in _EXPECTED_WARNINGS:
            warnings.filterwarnings("ignore", message)
        trainer = Trainer(
            accelerator=recipe.trainer.accelerator,
            devices=recipe.trainer.devices,
            num_nodes=recipe.trainer.num_nodes,
            precision=recipe.trainer.precision,  # type: ignore[arg-type]  # any of Lightning's names; it checks them
            max_epochs=recipe.schedule.epochs,
            logger=TensorBoardLogger(folder, name=None, version="logs"),
            callbacks=callbacks,
            use_distributed_sampler=False,
            enable_progress_bar=_INTERACTIVE,
            enable_model_summary=False,
            log_every_n_steps=1,
        )
        last = folder / RESUME_FILE
        try:
            trainer.fit(
                module,
                datamodule=TrainingData(images, recipe),
                ckpt_path=last if last.is_file() else None,
                weights_only=True,
            )
        except SystemExit:
            if trainer.state.status is TrainerStatus.INTERRUPTED:
                raise KeyboardInterrupt from None
            raise
    if not images.held_out and trainer.is_global_zero:
        save_model(folder / MODEL_FILE, module.model, recipe, len(images.labels), trainer.current_epoch)


def _is_first_process() -> bool:
    # Lightning reads it from the environment that torchrun, SLURM or its own launcher sets.
    return int(getattr(rank_zero_only, "rank", None) or 0) == 0


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        # Making a tensor is what shows that the device is there.
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device {name!r} cannot be used ({str(error).splitlines()[0]}): give auto or cpu") from error


def _claim(folder: Path, recipe: Recipe, resume: bool) -> None:
    """Make the folder this recipe's, or refuse it."""
    text = yaml.safe_dump(_plain(recipe), sort_keys=False)
    path = folder / RECIPE_FILE
    if path.is_file():
        if not resume:
            raise RunError(f"{folder} holds a run already: add --resume to go on with it, or choose another --out")
        differing = _differences(yaml.safe_load(path.read_text(encoding="utf-8")), _plain(recipe))
        if differing:
            raise RunError(
                f"{folder} holds a run with other settings ({', '.join(differing)}): "
                "resume it with its own, or choose another --out"
            )
        return
    if folder.is_dir() and any(folder.iterdir()):
        raise RunError(f"{folder} is not empty and holds no run: choose another --out")
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{RECIPE_FILE}.tmp"
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _plain(recipe: Recipe) -> dict[str, object]:
    tree = dataclasses.asdict(recipe)
    tree["data"]["root"] = str(recipe.data.root)
    tree["data"]["pack"] = None if recipe.data.pack is None else str(recipe.data.pack)
    return tree


# What may change between two starts of one run without changing its result.
_FREE = {"trainer", "data.workers", "data.cache", "data.root", "data.pack"}


def _differences(before: dict[str, object], now: dict[str, object], prefix: str = "") -> list[str]:
    found: list[str] = []
    for key in sorted(before.keys() | now.keys()):
        name, old, new = f"{prefix}{key}", before.get(key), now.get(key)
        if name in _FREE or old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            found += _differences(old, new, f"{name}.")
        else:
            found.append(f"{name}: {old!r} there, {new!r} now")
    return found
