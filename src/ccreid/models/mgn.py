"""MGN: three branches for the whole body, its halves and its thirds (Wang et al. 2018)."""

import copy
import math
from pathlib import Path
from typing import Final, Self

import torch
from torch import Tensor, nn

from ccreid.models.backbones.build import BACKBONES, TIMM, TRANSFORMERS, UnknownBackboneError, build_backbone
from ccreid.models.backbones.efficientnet_lite import EfficientNetLite0
from ccreid.models.backbones.resnet import ResNet
from ccreid.models.backbones.vgg16 import VGG16
from ccreid.models.layers import WIDTH, Classifier, reduction, stripes
from ccreid.models.network import ReIDNetwork, ReIDOutput

BRANCHES: Final = 3
_HEADS: Final = BRANCHES + 2 + 3


class MGN(ReIDNetwork):
    """The multiple granularity network with average pooling, as Shu et al. trained it; the MGN paper takes the maximum.

    The backbone runs once up to the first block at a 16th of the image's size (ResNet's layer3); what follows is copied
    for each branch. The first branch, for the whole body, ends with stride 2, the others with stride 1. Each of the
    three whole bodies, two halves and three thirds has a 256-d reduction and a classifier of its own.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone: one of ours, since those of timm and transformers cannot be taken apart.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.

    Raises:
        UnknownBackboneError: The backbone is unknown, or cannot be taken apart.
        ValueError: `num_identities` is below 1, or the weights cannot be had; see `build_backbone`.
    """

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none") -> None:
        super().__init__()
        self.trunk, fine, channels = _halves(backbone, weights, last_stride=1)
        _, coarse, _ = _halves(backbone, weights, last_stride=2)
        self.branches = nn.ModuleList([coarse, fine, copy.deepcopy(fine)])
        self.reductions = nn.ModuleList(reduction(channels) for _ in range(_HEADS))
        self.classifiers = nn.ModuleList(
            Classifier(WIDTH, num_identities, math.sqrt(2 / max(num_identities, 1)), bias=True) for _ in range(_HEADS)
        )
        for module in self.reductions.modules():
            if isinstance(module, nn.Linear):
                nn.init.kaiming_normal_(module.weight, mode="fan_in")
            elif isinstance(module, nn.BatchNorm1d):
                nn.init.normal_(module.weight, mean=1.0, std=0.02)

    @classmethod
    def build(cls, num_identities: int, backbone: str, weights: str | Path, last_stride: int) -> Self:
        """Build it; a recipe's last stride is of no account, since there are both in different branches.

        Args:
            num_identities: N, training identities.
            backbone: Name of the backbone; see `build_backbone`.
            weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
            last_stride: Not used.

        Returns:
            The system, in training mode.

        Raises:
            UnknownBackboneError: The backbone is unknown, or cannot be taken apart.
            ValueError: `num_identities` is below 1, or the weights cannot be had; see `build_backbone`.
        """
        return cls(num_identities, backbone, weights)

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return the whole bodies' embeddings (B, 256), one a branch, logits (B, N) of all 8 heads, and (B, 2048).

        The heads' order is: whole body of branches 1 to 3, upper and lower half, upper, middle and lower third.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        shared = self.trunk(images)
        maps = [branch(shared) for branch in self.branches]
        bands = [*maps, *stripes(maps[1], 2), *stripes(maps[2], 3)]
        reduced = [reduce(band.mean(dim=(2, 3))) for reduce, band in zip(self.reductions, bands, strict=True)]
        logits = tuple(head(band) for head, band in zip(self.classifiers, reduced, strict=True))
        return ReIDOutput(tuple(reduced[:BRANCHES]), logits, torch.cat(reduced, dim=1))


def _halves(backbone: str, weights: str | Path, last_stride: int) -> tuple[nn.Sequential, nn.Sequential, int]:
    if backbone.startswith((TIMM, TRANSFORMERS)):
        raise UnknownBackboneError(
            f"MGN copies the last layers of its backbone, and {backbone!r} cannot be taken apart: "
            f"choose one of {', '.join(BACKBONES)}"
        )
    network = build_backbone(backbone, weights, last_stride)
    assert isinstance(network, ResNet | EfficientNetLite0 | VGG16)  # the others are refused above
    return *network.trunk_and_branch(), network.channels
