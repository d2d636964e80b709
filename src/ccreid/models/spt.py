"""SPT: contour sketches unrolled about the body's centre, over several ranges of angles.

Yang, Wu & Zheng, "Person re-identification by contour sketch under moderate clothing change", TPAMI 2019. `SPT` has a
stream for each of `RANGES`. A stream is made of `PolarSampling`, the paper's spatial polar transformation, a backbone,
and `AngleExtractor`, its angle-specific extractor.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.models.backbones.build import build_backbone
from ccreid.models.layers import WIDTH, Classifier, reduction, stripes
from ccreid.models.network import ReIDNetwork, ReIDOutput


class SPT(ReIDNetwork):
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

    resamples = True  # the maps are of the unrolled sketch, see `find_cam_layer`

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


@dataclass(frozen=True)
class AngleRange:
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
    AngleRange(-math.pi, math.pi, 1, 4),
    AngleRange(-3 * math.pi / 4, -math.pi / 4, 0.5, 2),
    AngleRange(math.pi / 4, 3 * math.pi / 4, 0.5, 2),
)
"""All around, the upper and the lower body. The half images of the last two are twice as fine in angle as the first."""


class _Stream(nn.Module):
    """One range of angles, from images to an embedding and logits."""

    def __init__(
        self, angles: AngleRange, num_identities: int, backbone: str, weights: str | Path, last_stride: int
    ) -> None:
        super().__init__()
        self.height = angles.height
        self.sampling = PolarSampling(angles.start, angles.stop)
        self.backbone = build_backbone(backbone, weights, last_stride)
        self.extractor = AngleExtractor(self.backbone.channels, angles.stripes)
        self.classifier = Classifier(self.extractor.width, num_identities)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        rows = math.ceil(images.shape[2] * self.height)
        unrolled = self.sampling(images, rows, images.shape[3])
        embedding = self.extractor(self.backbone(unrolled.contiguous(memory_format=torch.channels_last)))
        return embedding, self.classifier(embedding)


KNOTS: Final = 64
"""Learned steps of the angle from one end of the range to the other."""

RADIUS: Final = 1.12
"""Largest radius, where 1 reaches the middle of each side of the image: far enough for feet half-way to a corner."""


class PolarSampling(nn.Module):
    """Samples an image on a grid of angles and radii; the angles are one set for all images, and are learned.

    The angle grows from a to b in steps lambda, which are learned and positive:
    theta_i = a + (b - a) * (lambda_1 + ... + lambda_i) / (lambda_1 + ... + lambda_n). They start equal. In the paper
    there are as many steps as rows; here there are 64 for images of any height, and the rows' angles are read between
    them.

    An angle of 0 points right, and of pi / 2 down. The image's height and width both count as 2, so that a circle is an
    ellipse that touches all four sides; the paper resizes its sketches to squares.

    Args:
        start: a, the first angle in radians.
        stop: b, the last angle in radians.
    """

    def __init__(self, start: float, stop: float) -> None:
        super().__init__()
        self.start, self.stop = start, stop
        # The logarithm keeps the steps positive, and weight decay pulls it towards equal steps.
        self.log_steps = nn.Parameter(torch.zeros(KNOTS))

    def forward(self, images: Tensor, rows: int, columns: int) -> Tensor:
        """Return the unrolled images (B, C, rows, columns): a row an angle, the centre in the first column.

        Beyond the image its border goes on.

        Args:
            images: (B, C, H, W).
            rows: Number of angles.
            columns: Number of radii, evenly spaced from the centre to `RADIUS`.

        Returns:
            (B, C, rows, columns), of the images' type.
        """
        # In full precision, also under autocast: bfloat16 tells positions in a row of 128 pixels no better than 0.25.
        with torch.autocast(images.device.type, enabled=False):
            angles = self.angles(rows)[:, None]
            radii = RADIUS * (torch.arange(columns, device=images.device, dtype=torch.float32) + 0.5) / columns
            grid = torch.stack([radii * angles.cos(), radii * angles.sin()], dim=2)
            grid = grid.expand(images.shape[0], rows, columns, 2)
            unrolled = functional.grid_sample(images.float(), grid, padding_mode="border", align_corners=False)
        return unrolled.to(images.dtype)

    def angles(self, count: int) -> Tensor:
        """Return this many growing angles (count,) in radians, each in the middle of its share of the learned steps."""
        steps = self.log_steps.float().softmax(dim=0)
        ends = functional.pad(steps.cumsum(dim=0), (1, 0))
        place = (torch.arange(count, device=ends.device, dtype=torch.float32) + 0.5) * (KNOTS / count)
        before = place.floor().long()
        share = ends[before] + (place - before) * steps[before]
        return self.start + (self.stop - self.start) * share


_SQUEEZE: Final = 16


class AngleExtractor(nn.Module):
    """Pools the map of an unrolled image in stripes of angles, and has a column of layers for each stripe.

    A column weighs the channels of its stripe (squeeze and excite, Hu et al. 2018), passes them through a 1x1
    convolution that all stripes share, with a shortcut past both, and reduces the sum to 256 values.

    Args:
        channels: C of the map.
        count: Stripes.
    """

    def __init__(self, channels: int, count: int) -> None:
        super().__init__()
        self.count = count
        self.weighing = nn.ModuleList(_weighing(channels) for _ in range(count))
        # On pooled stripes a 1x1 convolution is a linear layer.
        self.shared = nn.Sequential(nn.Linear(channels, channels, bias=False), nn.BatchNorm1d(channels))
        self.reductions = nn.ModuleList(reduction(channels) for _ in range(count))

    @property
    def width(self) -> int:
        """Length of the feature."""
        return self.count * WIDTH

    def forward(self, feature_map: Tensor) -> Tensor:
        """Return the stripes' features side by side (B, 256 * count), of a map (B, C, h, w) with angles as rows."""
        pooled = [band.mean(dim=(2, 3)) for band in stripes(feature_map, self.count)]
        weighed = torch.stack([band * weigh(band) for weigh, band in zip(self.weighing, pooled, strict=True)], dim=1)
        shared = self.shared(weighed.flatten(0, 1)).unflatten(0, (-1, self.count))
        columns = zip(self.reductions, pooled, shared.unbind(1), strict=True)
        return torch.cat([reduce(band + added) for reduce, band, added in columns], dim=1)


def _weighing(channels: int) -> nn.Sequential:
    hidden = max(channels // _SQUEEZE, 1)
    return nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, channels), nn.Sigmoid())
