"""A trained network as one safetensors file that also holds its recipe, so that the file alone can be evaluated."""

import copy
import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from safetensors import SafetensorError, safe_open
from torch import Tensor

from ccreid.errors import BadValueError, CcreidError, MissingFileError
from ccreid.models.calibration import Calibration
from ccreid.models.network import ReIDNetwork
from ccreid.models.systems import build_model
from ccreid.recipe import Recipe, recipe_from_tree
from ccreid.weight_files import write_weights

FORMAT = "ccreid-model-1"

MODEL_FILE = "model.safetensors"
"""Name of the file in a run's folder."""


# People that a file may claim that has no classifier, such as of a system that learns nothing.
_PEOPLE: Final = 10_000


class CheckpointError(CcreidError, ValueError):
    """A file is not a model of ccreid's, or is damaged; the message names the file and what to do."""


class About(NamedTuple):
    """What a file says of its network.

    Attributes:
        recipe: What it was trained with; says the image size.
        epoch: Epochs that the weights were trained for.
        identities: People that it was trained on.
        calibration: What its similarity means; None where that was not measured.
        scores: What it scored, as the content of a results file; None where the file does not say.
    """

    recipe: Recipe
    epoch: int
    identities: int
    calibration: Calibration | None = None
    scores: Mapping[str, Any] | None = None


class Checkpoint(NamedTuple):
    """What a file holds.

    Attributes:
        network: In evaluation mode, on the CPU, in single precision.
        recipe: What it was trained with; says the image size.
        epoch: Epochs that the weights were trained for.
        calibration: What its similarity means; None where that was not measured.
    """

    network: ReIDNetwork
    recipe: Recipe
    epoch: int
    calibration: Calibration | None = None


def save_checkpoint(
    path: Path, network: ReIDNetwork, recipe: Recipe, epoch: int, calibration: Calibration | None = None
) -> None:
    """Write a network's weights and its recipe, under a temporary name first.

    Args:
        path: The file, .safetensors.
        network: One that `build_model` builds from the recipe.
        recipe: What it was trained with.
        epoch: Epochs that it was trained for.
        calibration: What its similarity means, where that was measured.
    """
    write_weights(path, network.state_dict(), _text(About(recipe, epoch, network.num_identities, calibration)))


def save_half(path: Path, network: ReIDNetwork, about: About) -> None:
    """Write a file as `save_checkpoint` does, in half the size: matrices and filters in 16 bits, the rest as it is.

    Args:
        path: The file, .safetensors.
        network: One that `build_model` builds from the recipe.
        about: What the file is to say of it.

    Raises:
        BadValueError: A weight is too large for 16 bits.
    """
    write_weights(path, _halved(network), _text(about))


def as_half(network: ReIDNetwork) -> ReIDNetwork:
    """Return the network that `load_checkpoint` would read from a file of `save_half`, without writing it."""
    rounded = copy.deepcopy(network).eval()
    rounded.load_state_dict(_halved(network))
    return rounded


def read_about(path: Path) -> About:
    """Return what a file says of its network, without reading the weights; errors are those of `load_checkpoint`."""
    return _about(path, _read(path, weights=False)[0])


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a file that `save_checkpoint` or `save_half` wrote.

    Raises:
        MissingFileError: There is no such file.
        CheckpointError: The file is damaged or something else.
    """
    path = Path(path)
    text, weights = _read(path, weights=True)
    about = _about(path, text)
    asked = about.recipe.model
    # A classifier has a row for each person; what is claimed beyond the rows that are there is memory for nothing.
    most = max([_PEOPLE, *(len(value) for value in weights.values() if value.ndim)])
    if not 0 <= about.identities <= most:
        raise CheckpointError(f"{path} says that it was trained on {about.identities} people: train or copy it again")
    network = build_model(
        asked.system,
        about.identities,
        asked.backbone,
        last_stride=asked.last_stride,
        pooling=asked.pooling,
    )
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit its own recipe: {' '.join(str(error).split())}") from error
    return Checkpoint(network.eval(), about.recipe, about.epoch, about.calibration)


def _read(path: Path, *, weights: bool) -> tuple[dict[str, str], dict[str, Tensor]]:
    if not path.is_file():
        raise MissingFileError(f"there is no model file {path}: give the {MODEL_FILE} of a run")
    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys() if weights else ()
            return file.metadata() or {}, {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is not a whole safetensors file ({error}): train or copy it again") from error


def _about(path: Path, text: Mapping[str, str]) -> About:
    if text.get("format") != FORMAT:
        raise CheckpointError(
            f"{path} holds no model of ccreid's: expected a {MODEL_FILE} that `ccreid train` or `save_pretrained` wrote"
        )
    try:
        return About(
            recipe_from_tree(json.loads(text["recipe"])),
            int(text["epoch"]),
            int(text["num_identities"]),
            Calibration.from_tree(json.loads(text["calibration"])) if "calibration" in text else None,
            json.loads(text["scores"]) if "scores" in text else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(
            f"{path} says of itself what no model of ccreid's does ({error}): train or copy it again"
        ) from error


def _text(about: About) -> dict[str, str]:
    text = {
        "format": FORMAT,
        "recipe": json.dumps(dataclasses.asdict(about.recipe), default=str),
        "num_identities": str(about.identities),
        "epoch": str(about.epoch),
    }
    if about.calibration is not None:
        text["calibration"] = json.dumps(about.calibration.tree())
    if about.scores is not None:
        text["scores"] = json.dumps(about.scores)
    return text


def _halved(network: ReIDNetwork) -> dict[str, Tensor]:
    # Batch norm's variances may be too small or too large for half precision, and are few.
    weights = {name: value.cpu() for name, value in network.state_dict().items()}
    halved = {
        name: value.half() if value.ndim > 1 and value.is_floating_point() else value for name, value in weights.items()
    }
    broken = [name for name, value in halved.items() if not bool(value.isfinite().all())]
    if broken:
        raise BadValueError(f"{broken[0]} has weights that do not fit 16 bits: keep the model in single precision")
    return halved
