"""GI-ReID: a gait branch that teaches an image branch what does not change with clothes (Jin et al., CVPR 2022)."""

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.models.backbones import build_backbone
from ccreid.models.classifier import classifier
from ccreid.models.gait_prediction import OWN, GaitPrediction, WalkWindow, frame_loss
from ccreid.models.gait_set import BINS, GaitSet
from ccreid.models.output import ReIDOutput
from ccreid.models.semantic_consistency import SemanticConsistency

WIDTH: Final = 256
"""Length of the features of both streams."""

_POWER: Final = 3.0

# Weight of the loss of the predicted frames. The authors train with Adam, whose steps do not depend on it; at a weight
# of 1 the steps of SGD are so short that the silhouettes are still a blur when all else is learned.
_FRAMES: Final = 25.0


class GIReID(nn.Module):
    """Two streams that are trained together, of which the image stream alone is tested.

    The image stream is a backbone with a reduction to 256 and BNNeck. The gait stream predicts a walk from the image's
    silhouette and takes GaitSet's features of the predicted frames, 62 stripes of 256; their generalised mean is its
    vector. Identity and triplet loss apply to the image stream and to the sum of both streams, the triplet loss to the
    stripes too.

    The authors train the gait stream on CASIA-B first, and then all together with the mean of the predicted frames as
    the only check of the prediction. Here both streams learn at once by SGD, and the prediction from the walks of the
    data set itself; see `frame_loss`. So the gait vector is batch-normalised and its share of the sum starts at zero,
    and the stripes are compared by their directions: without these three, what the gait stream does not know yet upsets
    the image stream or lets the training diverge.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone; see `build_backbone`.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2.

    Raises:
        ValueError: `num_identities` is below 1, or the backbone is refused; see `build_backbone`.
    """

    reads_parts: Final = "walks"

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none", last_stride: int = 1) -> None:
        super().__init__()
        self.backbone = build_backbone(backbone, weights, last_stride)
        self.reduction = nn.Linear(self.backbone.channels, WIDTH, bias=False)
        # Embeddings about as long as the pooled features, since no batch norm stands before the triplet loss.
        nn.init.normal_(self.reduction.weight, std=self.backbone.channels**-0.5)
        self.bnneck, self.bnneck_both = _bnneck(), _bnneck()
        self.classifier, self.classifier_both = (classifier(WIDTH, num_identities) for _ in range(2))
        self.prediction = GaitPrediction()
        self.gait_set = GaitSet(WIDTH)
        self.gait_norm = nn.BatchNorm1d(WIDTH, affine=False)
        # The gait branch starts from nothing: how much of it is added starts at zero, and grows as it helps.
        self.gait_share = nn.Parameter(torch.zeros(WIDTH))
        self.consistency = SemanticConsistency(WIDTH)

    def forward(self, images: Tensor, walk: WalkWindow | None = None) -> ReIDOutput:
        """Return the image stream's output, and with a walk the gait stream's and the losses between them.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
            walk: The silhouettes around each image, for training.

        Returns:
            The image stream's embedding (B, 256), its logits (B, N) and BNNeck's output as feature (B, 256). With a
            walk also the embeddings of both streams' sum (B, 256) and of the stripes (B, 62 x 256), the sum's logits,
            and the losses of the predicted frames and of the streams' consistency.
        """
        embedding = self.reduction(self.backbone(images).mean(dim=(2, 3)))
        feature = self.bnneck(embedding)
        logits = self.classifier(feature)
        if walk is None:
            return ReIDOutput((embedding,), (logits,), feature)
        frames = self.prediction(walk.silhouettes[:, OWN])
        stripes = self.gait_set(frames)
        gait = self.gait_norm(generalised_mean(stripes))
        both = embedding + self.gait_share * gait
        # Divided so that the distance is the root mean square of the stripes' distances, which one margin fits.
        directions = functional.normalize(stripes.float(), dim=2).flatten(1) / BINS**0.5
        return ReIDOutput(
            (embedding, both, directions),
            (logits, self.classifier_both(self.bnneck_both(both))),
            feature,
            {"frames": _FRAMES * frame_loss(frames, walk), "semantics": self.consistency(embedding, gait)},
        )


def generalised_mean(stripes: Tensor) -> Tensor:
    """Return the generalised mean of power 3 over the stripes (B, S, D), of their positive parts: (B, D)."""
    return stripes.clamp_min(1e-6).pow(_POWER).mean(dim=1).pow(1 / _POWER)


def _bnneck() -> nn.BatchNorm1d:
    neck = nn.BatchNorm1d(WIDTH)
    neck.bias.requires_grad_(False)
    return neck
