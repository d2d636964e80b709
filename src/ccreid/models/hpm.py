"""HPM: horizontal stripes of four heights, the whole body to an eighth of it (Fu et al. 2019)."""

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from ccreid.models.backbones.build import build_backbone
from ccreid.models.layers import WIDTH, Classifier, reduction, stripes
from ccreid.models.network import ReIDNetwork, ReIDOutput

SCALES: Final = (1, 2, 4, 8)
"""Numbers of stripes that the map is cut into."""


class HPM(ReIDNetwork):
    """Horizontal pyramid matching, with max pooling alone, as Shu et al. trained it; the HPM paper adds the average.

    Each of the 15 stripes has a 256-d reduction and a classifier of its own; the recipe sums their losses, as the
    released trainer of Shu et al. does.

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
        self.reductions = nn.ModuleList(reduction(self.backbone.channels) for _ in range(sum(SCALES)))
        self.classifiers = nn.ModuleList(Classifier(WIDTH, num_identities) for _ in range(sum(SCALES)))

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return 15 embeddings (B, 256), the coarse before the fine, their logits (B, N), and all as feature (B, 3840).

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        feature_map = self.backbone(images)
        pooled = [band.amax(dim=(2, 3)) for scale in SCALES for band in stripes(feature_map, scale)]
        embeddings = tuple(reduce(band) for reduce, band in zip(self.reductions, pooled, strict=True))
        logits = tuple(head(band) for head, band in zip(self.classifiers, embeddings, strict=True))
        return ReIDOutput(embeddings, logits, torch.cat(embeddings, dim=1))
