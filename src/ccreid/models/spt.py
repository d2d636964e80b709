"""SPT: contour sketches unrolled about the body's centre, over several ranges of angles (Yang et al., TPAMI 2019)."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from ccreid.models.angle_extractor import AngleExtractor
from ccreid.models.backbones import build_backbone
from ccreid.models.classifier import classifier
from ccreid.models.output import ReIDOutput
from ccreid.models.polar_sampling import PolarSampling


@dataclass(frozen=True)
class Range:
    """The angles that a stream sees.

    Attributes:
        start: First angle in radians; 0 points right, pi / 2 down.
        stop: Last angle.
        height: Of the unrolled image, as a share of the image's.
        stripes: Of the angle-specific extractor.
    """

    start: float
    stop: float
    height: float
    stripes: int


RANGES: Final = (
    Range(-math.pi, math.pi, 1, 4),
    Range(-3 * math.pi / 4, -math.pi / 4, 0.5, 2),
    Range(math.pi / 4, 3 * math.pi / 4, 0.5, 2),
)
"""All around, the upper and the lower body. The half images of the last two are twice as fine in angle as the first."""


class SPT(nn.Module):
    """Three streams, each with a polar sampling, a backbone and an angle-specific extractor of its own.

    As in the paper: angles that are learned, one stream for the whole circle and narrower ones around the upper and the
    lower body, average pooling in stripes of angles with channel weights for each, cross-entropy and triplet loss on
    every stream, the streams' features joined for search. Chosen here: a quarter of the circle for each narrow stream;
    the size of the unrolled images, which makes the three backbones cost as much as two; 4, 2 and 2 stripes of 256
    values; and the backbone, which any recipe may choose.
    The whole is trained in one go from a recipe's schedule.

    Args:
        num_identities: N, training identities.
        backbone: Name of the backbone; see `build_backbone`.
        weights: What the backbone starts from: "imagenet", "none" or a file; see `build_backbone`.
        last_stride: Stride of the backbone's last stage, 1 or 2.

    Raises:
        ValueError: `num_identities` is below 1, or the backbone is refused; see `build_backbone`.
    """

    resamples: Final = True  # the maps are of the unrolled sketch, see `deepest_cut`

    def __init__(self, num_identities: int, backbone: str, weights: str | Path = "none", last_stride: int = 1) -> None:
        super().__init__()
        self.streams = nn.ModuleList(
            _Stream(angles, num_identities, backbone, weights, last_stride) for angles in RANGES
        )

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return the streams' embeddings (B, 1024), twice (B, 512), logits (B, N), and all, normalised, (B, 2048).

        Args:
            images: Contour sketches normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        embeddings, logits = zip(*(stream(images) for stream in self.streams), strict=True)
        # So that no stream outweighs another by its scale.
        feature = torch.cat([nn.functional.normalize(embedding) for embedding in embeddings], dim=1)
        return ReIDOutput(embeddings, logits, feature)


class _Stream(nn.Module):
    """One range of angles, from images to an embedding and logits."""

    def __init__(
        self, angles: Range, num_identities: int, backbone: str, weights: str | Path, last_stride: int
    ) -> None:
        super().__init__()
        self.height = angles.height
        self.sampling = PolarSampling(angles.start, angles.stop)
        self.backbone = build_backbone(backbone, weights, last_stride)
        self.extractor = AngleExtractor(self.backbone.channels, angles.stripes)
        self.classifier = classifier(self.extractor.width, num_identities)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        rows = math.ceil(images.shape[2] * self.height)
        unrolled = self.sampling(images, rows, images.shape[3])
        embedding = self.extractor(self.backbone(unrolled.contiguous(memory_format=torch.channels_last)))
        return embedding, self.classifier(embedding)
