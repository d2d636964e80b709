"""The head and the whole body: two streams whose features are searched by together (Shu et al. 2021, Table IV)."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from ccreid.models.baseline import Baseline
from ccreid.models.head import Head
from ccreid.models.network import ReIDNetwork, ReIDOutput


class HeadBody(ReIDNetwork):
    """A baseline on the head and one on the whole image, each with a backbone and losses of its own.

    The paper says only that the whole body is used beside the head, and that both are based on the bag of tricks. Here
    the streams meet in the feature: both features, each L2-normalised so that neither outweighs the other. An image
    without head pixels is searched by its body alone.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone; see `build_backbone`.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2.

    Raises:
        ValueError: `num_identities` is below 1, or the backbone is refused; see `build_backbone`.
    """

    reads_parts = "always"
    resamples = True  # the maps of the crop do not lie over the image, see `find_cam_layer`

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none", last_stride: int = 1) -> None:
        super().__init__()
        self.head = Head(num_identities, backbone, weights, last_stride)
        self.body = Baseline(num_identities, backbone, weights, last_stride)

    def forward(self, images: Tensor, parts: Tensor) -> ReIDOutput:
        """Return the head's and the body's embedding (B, D) and logits (B, N), and both features as one (B, 2 * D).

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
            parts: Their part maps, uint8 (B, H, W).

        Returns:
            Two embeddings, two logits and one feature, the head's before the body's.
        """
        head: ReIDOutput = self.head(images, parts)
        body: ReIDOutput = self.body(images)
        feature = torch.cat([functional.normalize(head.feature), functional.normalize(body.feature)], dim=1)
        return ReIDOutput((*head.embeddings, *body.embeddings), (*head.logits, *body.logits), feature)
