"""Files of weights: written whole or not at all, read from anybody, and compared with what a network expects."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from ccreid.atomic_files import write_atomically
from ccreid.errors import CcreidError, first_few, first_line

# Where training scripts keep the weights beside other things.
_WRAPPERS: Final = ("state_dict", "model")


class WeightsError(CcreidError, ValueError):
    """Weights cannot be had, read or fitted; the message names the file or the keys and what to do."""


def write_weights(path: Path, weights: Mapping[str, Tensor], about: Mapping[str, str]) -> None:
    """Write tensors by name as a safetensors file, under a temporary name first; of the same content, the same bytes.

    Args:
        path: The file; folders above it are made.
        weights: On the CPU.
        about: What the file is to say of itself.
    """
    data = save({name: value.contiguous() for name, value in weights.items()}, metadata=dict(about))
    # Not by safetensors' own writer, whose files nobody but their owner may read.
    write_atomically(path, _in_order(data))


def _in_order(data: bytes) -> bytes:
    """Return a safetensors file whose head is in the order of its names; safetensors writes each in another order."""
    length = int.from_bytes(data[:8], "little")
    head = json.dumps(json.loads(data[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    head = head.ljust(-(-len(head) // 8) * 8)  # so that tensors begin where processors like to read them
    return len(head).to_bytes(8, "little") + head + data[8 + length :]


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read tensors by name from a .safetensors or .pth file; no code in the file is run.

    A wrapping `state_dict` or `model` and the prefix `module.` of data-parallel training are taken off.

    Raises:
        WeightsError: The file is missing or damaged, or holds something else.
    """
    if not path.is_file():
        raise WeightsError(f"there is no weights file {path}: give the path of a .pth or .safetensors file")
    try:
        loaded = _read(path)
    except Exception as error:  # of a damaged file, torch's reader raises whatever its parsing runs into
        raise WeightsError(
            f"{path} cannot be read as weights ({first_line(error)}): "
            "it is damaged or no state dict, fetch it again or save one with torch.save(model.state_dict(), ...)"
        ) from error
    for wrapper in _WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
    if not isinstance(loaded, Mapping) or not all(isinstance(value, Tensor) for value in loaded.values()) or not loaded:
        raise WeightsError(f"{path} holds no tensors by name: expected a state dict")
    return {str(key).removeprefix("module."): value for key, value in loaded.items()}


def is_of_format(path: Path, name: str) -> bool:
    """Return whether a file is a whole safetensors file that says it is of a format; its weights are not read.

    Args:
        path: The file, which need not be there.
        name: Of the format, what `write_weights` was told as `format`.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return bool((file.metadata() or {}).get("format") == name)
    except (SafetensorError, OSError):
        return False


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def misfit(own: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> str:
    """Say in how many keys, and which, weights differ from a network's state dict; "" where they fit.

    Files of old releases lack batch norm's counters of batches, which none of our networks reads: those may be missing.

    Args:
        own: The network's state dict.
        weights: What is to be loaded into it, by the same keys.

    Example:
        >>> misfit({"weight": torch.zeros(2, 3)}, {"weight": torch.zeros(3, 3), "bias": torch.zeros(3)})
        '1 unknown: bias (3,); 1 of another shape: weight (3, 3) instead of (2, 3)'
    """
    missing = sorted(key for key in own.keys() - weights.keys() if not key.endswith("num_batches_tracked"))
    unknown = sorted(weights.keys() - own.keys())
    misshapen = sorted(
        f"{key} {tuple(weights[key].shape)} instead of {tuple(own[key].shape)}"
        for key in own.keys() & weights.keys()
        if own[key].shape != weights[key].shape
    )
    faults = {
        "missing": [f"{key} {tuple(own[key].shape)}" for key in missing],
        "unknown": [f"{key} {tuple(weights[key].shape)}" for key in unknown],
        "of another shape": misshapen,
    }
    return "; ".join(f"{len(keys)} {fault}: {first_few(keys)}" for fault, keys in faults.items() if keys)


def _read(path: Path) -> Any:
    if path.suffix == ".safetensors":
        return load_file(path)
    with torch.serialization.safe_globals(_numpy_numbers()):
        return torch.load(path, map_location="cpu", weights_only=True)


def _numpy_numbers() -> list[Any]:
    """Return what a number of NumPy's is rebuilt from, which training scripts keep beside weights as a best score.

    None of it runs code of the file's. Files written under NumPy 1 know the function by an older name.
    """
    rebuild = np.float64(0).__reduce__()[0]
    functions = [(rebuild, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")]
    return [np.dtype, type(np.dtype(np.float32)), type(np.dtype(np.float64)), *functions]
