"""The compared systems by name: which class a recipe's `model.system` stands for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ccreid.errors import BadValueError, CcreidError, nearest
from ccreid.models.baseline import Baseline
from ccreid.models.face import Face
from ccreid.models.gi_reid import GIReID
from ccreid.models.hacnn import HACNN
from ccreid.models.head import Head
from ccreid.models.head_body import HeadBody
from ccreid.models.head_clothes import HeadClothes
from ccreid.models.hpm import HPM
from ccreid.models.mgn import MGN
from ccreid.models.network import ReIDNetwork
from ccreid.models.pcb import PCB
from ccreid.models.sketchnet import SketchNet
from ccreid.models.spt import SPT
from ccreid.models.stn import STN
from ccreid.recipe import Pooling
from ccreid.weight_files import WeightsError

SYSTEMS: Final[Mapping[str, type[ReIDNetwork]]] = {
    "baseline": Baseline,
    "pcb": PCB,
    "mgn": MGN,
    "hpm": HPM,
    "hacnn": HACNN,
    "stn": STN,
    "sketchnet": SketchNet,
    "spt": SPT,
    "gi_reid": GIReID,
    "face": Face,
    "head": Head,
    "head_body": HeadBody,
    "head_clothes": HeadClothes,
}
"""Classes of the systems by name, in the order of the paper's tables after the baseline."""


class UnknownSystemError(CcreidError, ValueError):
    """There is no system of this name; the message names the nearest one."""


def build_model(
    system: str,
    num_identities: int,
    backbone: str = "resnet50",
    weights: str | Path = "none",
    last_stride: int = 1,
    pooling: Pooling = "mean",
) -> ReIDNetwork:
    """Build a system: a module from images (B, 3, H, W), and part maps where it reads them, to `ReIDOutput`.

    Args:
        system: One of `SYSTEMS`.
        num_identities: Training identities.
        backbone: Name of the backbone; see `build_backbone`. HA-CNN and the face have none.
        weights: What the backbone starts from: "imagenet", "hed", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2. MGN has both, in different branches.
        pooling: Of the baseline; the others have a way of their own.

    Returns:
        The system, in training mode, on the CPU.

    Raises:
        UnknownSystemError: The name is unknown.
        ValueError: The system cannot be built so; see its class.

    Example:
        >>> import torch
        >>> model = build_model("pcb", num_identities=150, backbone="resnet18").eval()
        >>> model(torch.rand(2, 3, 64, 32)).feature.shape
        torch.Size([2, 3072])
    """
    if system not in SYSTEMS:
        raise UnknownSystemError(f"there is no system {system!r}: {nearest(system, SYSTEMS)}")
    kind = SYSTEMS[system]
    if not kind.has_backbone and str(weights) not in {"imagenet", "none"}:
        raise WeightsError(f"{system} has no backbone to load {weights} into: set model.weights none")
    if pooling == "mean":
        return kind.build(num_identities, backbone, weights, last_stride)
    if kind is not Baseline:
        raise BadValueError(f"{system} has a pooling of its own, not {pooling}: set model.pooling mean")
    return Baseline(num_identities, backbone, weights, last_stride, pooling)
