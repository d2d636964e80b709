"""The angle-specific extractor of Yang, Wu & Zheng (TPAMI 2019): a feature for each range of angles."""

from typing import Final

import torch
from torch import Tensor, nn

from ccreid.models.reduction import WIDTH, reduction
from ccreid.models.stripes import stripes

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
