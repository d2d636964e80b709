"""Loads a file of torchvision, timm or ccreid into one of our own backbones."""

from pathlib import Path
from typing import Final

from torch import Tensor, nn

from ccreid.weight_files import WeightsError, misfit, read_state_dict

_CLASSIFIERS: Final = ("fc.", "_fc.", "classifier.")


def load_weights(backbone: nn.Module, name: str, path: Path) -> None:
    """Load a file's weights into a backbone, in place.

    Args:
        backbone: One of ours, such as a ResNet.
        name: Its name, for the error.
        path: A .pth or .safetensors file. A classifier is left out; of ccreid's own models the backbone is taken.

    Raises:
        WeightsError: The file is missing, damaged or of another network.
    """
    if not path.is_file():
        raise WeightsError(f"there is no weights file {path}: give the path of a file, imagenet, or none")
    weights = _of_backbone(read_state_dict(path))
    if faults := misfit(backbone.state_dict(), weights):
        raise WeightsError(f"{path} does not fit {name} ({faults}): choose the backbone that it was made for")
    backbone.load_state_dict(weights, strict=False)  # without old files' missing counters


def _of_backbone(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    own = {key.removeprefix("backbone."): value for key, value in weights.items() if key.startswith("backbone.")}
    return own or {key: value for key, value in weights.items() if not key.startswith(_CLASSIFIERS)}
