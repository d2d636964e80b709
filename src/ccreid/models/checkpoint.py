"""A trained network as one safetensors file that also holds its recipe, so that the file alone can be evaluated."""

import dataclasses
import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open

from ccreid.errors import CcreidError, MissingFileError
from ccreid.models.network import ReIDNetwork
from ccreid.models.systems import build_model
from ccreid.recipe import Recipe, recipe_from_tree
from ccreid.weight_files import write_weights

FORMAT = "ccreid-model-1"

MODEL_FILE = "model.safetensors"
"""Name of the file in a run's folder."""


class CheckpointError(CcreidError, ValueError):
    """A file is not a model of ccreid's, or is damaged; the message names the file and what to do."""


class Checkpoint(NamedTuple):
    """What a file holds.

    Attributes:
        network: In evaluation mode, on the CPU.
        recipe: What it was trained with; says the image size.
        epoch: Epochs that the weights were trained for.
    """

    network: ReIDNetwork
    recipe: Recipe
    epoch: int


def save_checkpoint(path: Path, network: ReIDNetwork, recipe: Recipe, epoch: int) -> None:
    """Write a network's weights and its recipe, under a temporary name first.

    Args:
        path: The file, .safetensors.
        network: One that `build_model` builds from the recipe.
        recipe: What it was trained with.
        epoch: Epochs that it was trained for.
    """
    about = {
        "format": FORMAT,
        "recipe": json.dumps(dataclasses.asdict(recipe), default=str),
        "num_identities": str(network.num_identities),
        "epoch": str(epoch),
    }
    write_weights(path, network.state_dict(), about)


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a file that `save_checkpoint` wrote.

    Raises:
        MissingFileError: There is no such file.
        CheckpointError: The file is damaged or something else.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"there is no model file {path}: give the {MODEL_FILE} of a run")
    try:
        with safe_open(path, framework="pt") as file:
            about: dict[str, str] = file.metadata() or {}
            weights: dict[str, torch.Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is not a whole safetensors file ({error}): train or copy it again") from error
    if about.get("format") != FORMAT:
        raise CheckpointError(
            f"{path} holds no model of ccreid's: expected a {MODEL_FILE} that `ccreid train` or `save_pretrained` wrote"
        )
    tree: dict[str, Any] = json.loads(about["recipe"])
    recipe = recipe_from_tree(tree)
    asked = recipe.model
    network = build_model(
        asked.system,
        int(about["num_identities"]),
        asked.backbone,
        last_stride=asked.last_stride,
        pooling=asked.pooling,
    )
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit its own recipe: {' '.join(str(error).split())}") from error
    return Checkpoint(network.eval(), recipe, int(about["epoch"]))


def is_whole_checkpoint(path: Path) -> bool:
    """Return whether a file is a whole one that `save_checkpoint` wrote; its weights are not read."""
    try:
        with safe_open(path, framework="pt") as file:
            return (file.metadata() or {}).get("format") == FORMAT
    except (SafetensorError, OSError):
        return False
