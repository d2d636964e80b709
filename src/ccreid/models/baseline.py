"""The baseline: a backbone, global pooling, BNNeck and a classifier (Luo et al. 2019; Shu et al. 2021, Sec. III-A)."""

from pathlib import Path

from torch import Tensor

from ccreid.models.backbones.build import build_backbone
from ccreid.models.layers import Classifier, bnneck
from ccreid.models.network import ReIDNetwork, ReIDOutput


class Baseline(ReIDNetwork):
    """The "bag of tricks" model: triplet and consistency loss before the batch norm, identity loss and search after it.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone; see `build_backbone`.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2.

    Raises:
        ValueError: `num_identities` is below 1, or the backbone is refused; see `build_backbone`.

    Example:
        >>> import torch
        >>> model = Baseline(150, "resnet18", "none").eval()
        >>> model(torch.rand(2, 3, 64, 32)).feature.shape
        torch.Size([2, 512])
    """

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none", last_stride: int = 1) -> None:
        super().__init__()
        self.backbone = build_backbone(backbone, weights, last_stride)
        self.bnneck = bnneck(self.backbone.channels)
        self.classifier = Classifier(self.backbone.channels, num_identities)

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return the pooled feature as embedding (B, D), logits (B, N), and BNNeck's output as feature (B, D).

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        pooled = self.backbone(images).mean(dim=(2, 3))
        feature = self.bnneck(pooled)
        return ReIDOutput((pooled,), (self.classifier(feature),), feature)
