"""SketchNet: a sketch seen beside a partner of its class (Zhang et al., "SketchNet", CVPR 2016), on sketches alone.

The original learns from triplets: a sketch, a photo of the same class found on the web, and one of another class. S-Net
looks at the sketch, R-Net at a photo, and C-Net joins their maps to find what both share; the softmax loss classifies
the positive pair, and a ranking loss puts it above the negative one. A sketch is tested together with photos of the
classes that come into question, and the features of the nets are joined to an ensemble.

Table I has its figures from Yang et al. (TPAMI 2019). What is kept here: S-Net and R-Net with weights of their own,
C-Net on their joined maps, classification and ranking, and the ensemble as the feature. What has no meaning for
somebody's contour sketch: photos from the web, of which a person has none, and a set of classes to try at test time.
The partner of a sketch is its mirror image, another picture of the same person that every image has, in training and in
search; the ranking of positive above negative is the batch-hard triplet loss that all systems here are trained with. S-
and R-Net are the backbone that a recipe chooses, in the place of the original's AlexNet.
"""

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from ccreid.models.backbones.build import build_backbone
from ccreid.models.layers import Classifier, bnneck
from ccreid.models.network import ReIDNetwork, ReIDOutput

JOINT: Final = 512
"""Channels of C-Net."""


class SketchNet(ReIDNetwork):
    """S-Net on the sketch, R-Net on its mirror image, and C-Net on both maps.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone of S-Net and of R-Net; see `build_backbone`.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2.

    Raises:
        ValueError: `num_identities` is below 1, or the backbone is refused; see `build_backbone`.
    """

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none", last_stride: int = 1) -> None:
        super().__init__()
        self.sketch_net = build_backbone(backbone, weights, last_stride)
        self.partner_net = build_backbone(backbone, weights, last_stride)
        channels = self.sketch_net.channels
        self.joint_net = nn.Sequential(
            nn.Conv2d(2 * channels, JOINT, 1, bias=False),
            nn.BatchNorm2d(JOINT),
            nn.ReLU(inplace=True),
            nn.Conv2d(JOINT, JOINT, 3, padding=1, bias=False),
            nn.BatchNorm2d(JOINT),
            nn.ReLU(inplace=True),
        )
        for module in self.joint_net.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        self.necks = nn.ModuleList(bnneck(width) for width in (channels, JOINT))
        self.classifiers = nn.ModuleList(Classifier(width, num_identities) for width in (channels, JOINT))

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return the pooled maps of S-Net (B, C) and C-Net (B, 512), logits (B, N), and both nets' features.

        Args:
            images: Contour sketches normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        sketch = self.sketch_net(images)
        partner = self.partner_net(images.flip(3).contiguous(memory_format=torch.channels_last))
        joint = self.joint_net(torch.cat([sketch, partner], dim=1))
        pooled = sketch.mean(dim=(2, 3)), joint.mean(dim=(2, 3))
        features = [neck(one) for neck, one in zip(self.necks, pooled, strict=True)]
        logits = tuple(head(one) for head, one in zip(self.classifiers, features, strict=True))
        # So that neither net outweighs the other by its scale.
        ensemble = torch.cat([nn.functional.normalize(one) for one in features], dim=1)
        return ReIDOutput(pooled, logits, ensemble)
