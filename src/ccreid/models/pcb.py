"""PCB: six horizontal stripes, each with a classifier of its own (Sun et al. 2018, "Beyond part models")."""

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.models.backbones.build import build_backbone
from ccreid.models.layers import WIDTH, Classifier, reduction, stripes
from ccreid.models.network import ReIDNetwork, ReIDOutput

STRIPES: Final = 6


class PCB(ReIDNetwork):
    """The part-based convolutional baseline, without its refined part pooling, as Shu et al. trained it.

    Dropout comes before all heads. All stripes go through one 256-d reduction; the six classifiers see what comes out
    of it. The triplet loss and search see the stripes' pooled features, each L2-normalised, as one vector.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone; see `build_backbone`.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2.

    Raises:
        ValueError: `num_identities` is below 1, or the backbone is refused; see `build_backbone`.
    """

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none", last_stride: int = 1) -> None:
        super().__init__()
        self.backbone = build_backbone(backbone, weights, last_stride)
        self.dropout = nn.Dropout(0.5)
        self.reduction = reduction(self.backbone.channels)
        self.classifiers = nn.ModuleList(Classifier(WIDTH, num_identities, 0.01, bias=True) for _ in range(STRIPES))

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return one embedding (B, C * 6), which is the feature too, and six logits (B, N) from head to foot.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        bands = stripes(self.backbone(images), STRIPES)
        pooled = self.dropout(torch.stack([band.mean(dim=(2, 3)) for band in bands], dim=2))
        # One batch norm over the stripes of all images, as a 1x1 convolution on the map of stripes has.
        reduced = self.reduction(pooled.transpose(1, 2).flatten(0, 1)).unflatten(0, (-1, STRIPES))
        logits = tuple(head(reduced[:, stripe]) for stripe, head in enumerate(self.classifiers))
        feature = functional.normalize(pooled, dim=1).flatten(1)
        return ReIDOutput((feature,), logits, feature)
