"""The compared systems by name: which class a recipe's `model.system` stands for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from torch import nn

from ccreid.errors import CcreidError, nearest
from ccreid.models.baseline import Baseline
from ccreid.models.face import Face
from ccreid.models.gi_reid import GIReID
from ccreid.models.hacnn import HACNN
from ccreid.models.head import Head
from ccreid.models.head_body import HeadBody
from ccreid.models.hpm import HPM
from ccreid.models.mgn import MGN
from ccreid.models.pcb import PCB
from ccreid.models.sketchnet import SketchNet
from ccreid.models.spt import SPT
from ccreid.models.stn import STN
from ccreid.weight_files import WeightsError

SYSTEMS: Final[Mapping[str, type[nn.Module]]] = {
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
}
"""Classes of the systems by name, in the order of the paper's tables after the baseline."""

WITHOUT_BACKBONE: Final = ("hacnn", "face")
"""Systems that stand on no backbone, and for which a recipe's `model.backbone` is of no account."""


class UnknownSystemError(CcreidError, ValueError):
    """There is no system of this name; the message names the nearest one."""


def build_model(
    system: str, num_identities: int, backbone: str = "resnet50", weights: str | Path = "none", last_stride: int = 1
) -> nn.Module:
    """Build a system: a module from images (B, 3, H, W), and part maps where it reads them, to `ReIDOutput`.

    Args:
        system: baseline, pcb, mgn, hpm, hacnn, stn, sketchnet, spt, gi_reid, face, head or head_body.
        num_identities: Training identities.
        backbone: Name of the backbone; see `build_backbone`. HA-CNN and the face have none.
        weights: What the backbone starts from: "imagenet", "hed", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2. MGN has both, in different branches.

    Raises:
        UnknownSystemError: The name is unknown.
        ValueError: The system cannot be built so; see its class.
    """
    match system:
        case "baseline":
            return Baseline(num_identities, backbone, weights, last_stride)
        case "pcb":
            return PCB(num_identities, backbone, weights, last_stride)
        case "mgn":
            return MGN(num_identities, backbone, weights)
        case "hpm":
            return HPM(num_identities, backbone, weights, last_stride)
        case "hacnn":
            _refuse_a_file(system, weights)
            return HACNN(num_identities)
        case "stn":
            return STN(num_identities, backbone, weights, last_stride)
        case "sketchnet":
            return SketchNet(num_identities, backbone, weights, last_stride)
        case "spt":
            return SPT(num_identities, backbone, weights, last_stride)
        case "gi_reid":
            return GIReID(num_identities, backbone, weights, last_stride)
        case "face":
            _refuse_a_file(system, weights)
            return Face()
        case "head":
            return Head(num_identities, backbone, weights, last_stride)
        case "head_body":
            return HeadBody(num_identities, backbone, weights, last_stride)
    raise UnknownSystemError(f"there is no system {system!r}: {nearest(system, SYSTEMS)}")


def _refuse_a_file(system: str, weights: str | Path) -> None:
    if str(weights) not in {"imagenet", "none"}:
        raise WeightsError(f"{system} has no backbone to load {weights} into: set model.weights none")
