"""A trained model as one safetensors file that also holds its recipe, so that the file alone can be evaluated."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from ccreid.errors import CcreidError, MissingFileError
from ccreid.models import build_model
from ccreid.models.authors import AuthorsModel, authors_system, load_authors_model
from ccreid.recipe import ModelRecipe, Recipe, recipe_from_tree
from ccreid.weight_files import write_weights

FORMAT = "ccreid-model-1"


class CheckpointError(CcreidError, ValueError):
    """A file is not a model of ccreid's, or is damaged; the message names the file and what to do."""


@dataclass(frozen=True)
class TrainedModel:
    """A model with what is needed to run it.

    Attributes:
        model: In evaluation mode, on the CPU.
        recipe: What it was trained with; says the image size.
        epoch: Epochs that the weights were trained for; None where the file does not say so.
    """

    model: nn.Module
    recipe: Recipe
    epoch: int | None


def save_model(path: Path, model: nn.Module, recipe: Recipe, num_identities: int, epoch: int) -> None:
    """Write a model's weights and its recipe, under a temporary name first."""
    about = {
        "format": FORMAT,
        "recipe": json.dumps(dataclasses.asdict(recipe), default=str),
        "num_identities": str(num_identities),
        "epoch": str(epoch),
    }
    write_weights(path, model.state_dict(), about)


def load_model(path: Path) -> TrainedModel:
    """Read a model that `save_model` wrote.

    Raises:
        FileNotFoundError: There is no such file.
        CheckpointError: The file is damaged or something else.
    """
    if not path.is_file():
        raise MissingFileError(f"there is no model file {path}: give the model.safetensors of a run")
    try:
        with safe_open(path, framework="pt") as file:
            about: dict[str, str] = file.metadata() or {}
            weights: dict[str, torch.Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is not a whole safetensors file ({error}): train or copy it again") from error
    if about.get("format") != FORMAT:
        raise CheckpointError(
            f"{path} holds no model of ccreid's: expected a model.safetensors that `ccreid train` wrote"
        )
    tree: dict[str, Any] = json.loads(about["recipe"])
    recipe = recipe_from_tree(tree)
    network = recipe.model
    model = build_model(network.system, int(about["num_identities"]), network.backbone, last_stride=network.last_stride)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit its own recipe: {' '.join(str(error).split())}") from error
    return TrainedModel(model.eval(), recipe, int(about["epoch"]))


def is_whole_model(path: Path) -> bool:
    """Return whether a file is a whole one that `save_model` wrote; its weights are not read."""
    try:
        with safe_open(path, framework="pt") as file:
            return (file.metadata() or {}).get("format") == FORMAT
    except (SafetensorError, OSError):
        return False


def load_authors_checkpoint(path: Path, which: AuthorsModel) -> TrainedModel:
    """Read a checkpoint that the authors of pixel sampling released, as a model with the recipe that evaluates it.

    The recipe says what their test code does, images of 256x128; neither it nor the file says how it was trained.

    Raises:
        WeightsError: See `load_authors_model`.
    """
    recipe = Recipe(name=f"authors_{which}", model=ModelRecipe(system=authors_system(which)))
    return TrainedModel(load_authors_model(path, which), recipe, epoch=None)
