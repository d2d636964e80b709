"""The lite parser's weights as a file: safetensors, half precision, with a record of what it was trained on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ccreid.errors import MissingFileError
from ccreid.parsing.lite.network import LiteNetwork
from ccreid.weight_files import WeightsError, write_weights

FORMAT: Final = "ccreid-lite-parser-1"

# Counts batches in training, which nothing reads after it.
_COUNTER: Final = "num_batches_tracked"


def save_lite(path: Path, network: LiteNetwork, about: Mapping[str, str]) -> None:
    """Write a network's weights under a temporary name first: convolutions in half precision, the rest as they are.

    Args:
        path: The file; folders above it are made.
        network: On any device.
        about: What the file is to say of itself, such as the data that it was trained on.
    """
    write_weights(path, _stored(network), {"format": FORMAT, **about})


def as_saved(network: LiteNetwork) -> LiteNetwork:
    """Return the network that `load_lite` would read from a file of this one, without writing it."""
    return _loaded(_stored(network))


def load_lite(path: Path) -> LiteNetwork:
    """Read a network that `save_lite` wrote; single precision, in evaluation mode, on the CPU.

    Raises:
        FileNotFoundError: There is no such file.
        WeightsError: The file is damaged or something else.
    """
    about, weights = _read(path)
    if about.get("format") != FORMAT:
        raise WeightsError(
            f"{path} holds no lite parser: expected a parser.safetensors that `ccreid train parser` wrote"
        )
    expected = {key: value.shape for key, value in LiteNetwork().state_dict().items() if not key.endswith(_COUNTER)}
    found = {key: value.shape for key, value in weights.items()}
    differing = sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))
    if differing:
        raise WeightsError(
            f"{path} is a lite parser of another version of ccreid: {len(differing)} of its weights differ, such as "
            f"{differing[0]}; train it again with `ccreid train parser`"
        )
    return _loaded(weights)


def read_about(path: Path) -> dict[str, str]:
    """Return what a file says of itself; raises as `load_lite`."""
    return _read(path)[0]


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    if not path.is_file():
        raise MissingFileError(
            f"there is no parser file {path}: give the parser.safetensors that `ccreid train parser` wrote"
        )
    try:
        with safe_open(path, framework="pt") as file:
            weights: dict[str, torch.Tensor] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            return dict(file.metadata() or {}), weights
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} is not a whole safetensors file ({error}): train or copy it again") from error


def _stored(network: LiteNetwork) -> dict[str, Tensor]:
    weights = {key: value.cpu() for key, value in network.state_dict().items() if not key.endswith(_COUNTER)}
    # Batch norm's variances may be too small or too large for half precision, and are few.
    return {key: value.half() if value.ndim > 1 else value for key, value in weights.items()}


def _loaded(weights: Mapping[str, Tensor]) -> LiteNetwork:
    network = LiteNetwork()
    network.load_state_dict({key: value.float() for key, value in weights.items()}, strict=False)
    return network.eval()
