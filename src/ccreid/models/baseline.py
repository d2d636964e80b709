"""The baseline: a backbone, global pooling, BNNeck and a classifier (Luo et al. 2019; Shu et al. 2021, Sec. III-A)."""

from pathlib import Path

import torch
from torch import Tensor

from ccreid.models.backbones.build import build_backbone
from ccreid.models.layers import Classifier, bnneck
from ccreid.models.network import ReIDNetwork, ReIDOutput
from ccreid.recipe import Pooling


class Baseline(ReIDNetwork):
    """The "bag of tricks" model: triplet and consistency loss before the batch norm, identity loss and search after it.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone; see `build_backbone`.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2.
        pooling: How the map becomes a feature: its mean, its maximum, or mean_max, both one after the other, D = 2 C.

    Raises:
        ValueError: `num_identities` is below 1, or the backbone is refused; see `build_backbone`.

    Example:
        >>> import torch
        >>> model = Baseline(150, "resnet18", "none").eval()
        >>> model(torch.rand(2, 3, 64, 32)).feature.shape
        torch.Size([2, 512])
    """

    def __init__(
        self,
        num_identities: int,
        backbone: str,
        weights: str | Path = "none",
        last_stride: int = 1,
        pooling: Pooling = "mean",
    ) -> None:
        super().__init__()
        self.backbone = build_backbone(backbone, weights, last_stride)
        self.pooling = pooling
        channels = self.backbone.channels * (2 if pooling == "mean_max" else 1)
        self.bnneck = bnneck(channels)
        self.classifier = Classifier(channels, num_identities)

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return the pooled feature as embedding (B, D), logits (B, N), and BNNeck's output as feature (B, D).

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        pooled = self._pooled(self.backbone(images))
        feature = self.bnneck(pooled)
        return ReIDOutput((pooled,), (self.classifier(feature),), feature)

    def _pooled(self, feature_map: Tensor) -> Tensor:
        if self.pooling == "mean":
            return feature_map.mean(dim=(2, 3))
        largest = feature_map.amax(dim=(2, 3))
        return largest if self.pooling == "max" else torch.cat([feature_map.mean(dim=(2, 3)), largest], dim=1)
