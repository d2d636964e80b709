"""GaitSet: a walk as a set of silhouettes (Chao et al., "GaitSet: Regarding Gait as a Set", AAAI 2019)."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

SCALES: Final = (1, 2, 4, 8, 16)
"""Numbers of stripes that the maps are cut into."""

BINS: Final = 2 * sum(SCALES)
"""Stripes of the set's map and of the global one together, 62."""

_WIDTHS: Final = (32, 64, 128)


class GaitSet(nn.Module):
    """Features of a set of silhouettes, in whatever order they come.

    Each silhouette goes through the same convolutions; their maximum over the set is the set's map. A second path, the
    multilayer global pipeline, gathers the maxima after the first two stages too. Both maps are cut into stripes, each
    with a linear layer of its own (horizontal pyramid mapping). Widths are those of the paper for CASIA-B, and as there
    the convolutions have neither bias nor batch norm. The batch norm of the features is not in the paper: without it
    those of all silhouettes point almost one way, from where SGD, unlike the paper's Adam, hardly brings them apart.

    Args:
        width: Length of each stripe's feature.
    """

    def __init__(self, width: int = 256) -> None:
        super().__init__()
        one, two, three = _WIDTHS
        self.first = nn.Sequential(_conv(1, one, 5), _conv(one, one), nn.MaxPool2d(2))
        self.second = nn.Sequential(_conv(one, two), _conv(two, two), nn.MaxPool2d(2))
        self.third = nn.Sequential(_conv(two, three), _conv(three, three))
        self.global_first = nn.Sequential(_conv(one, two), _conv(two, two), nn.MaxPool2d(2))
        self.global_second = nn.Sequential(_conv(two, three), _conv(three, three))
        self.maps = nn.Parameter(torch.empty(BINS, three, width))
        for stripe in self.maps.data:
            nn.init.xavier_uniform_(stripe)
        self.norm = nn.BatchNorm1d(BINS * width, affine=False)

    def forward(self, silhouettes: Tensor) -> Tensor:
        """Return the features (B, BINS, width) of sets of silhouettes (B, S, h, w), 0..1.

        The first half of the bins are the set's stripes, the second half the global pipeline's, coarse before fine.
        """
        size = len(silhouettes)
        frames = self.first(silhouettes.flatten(0, 1).unsqueeze(1))
        gathered = self.global_first(_set_max(frames, size))
        frames = self.second(frames)
        gathered = self.global_second(gathered + _set_max(frames, size))
        together = _set_max(self.third(frames), size)
        bins = torch.cat([horizontal_pyramid(together), horizontal_pyramid(gathered + together)], dim=1)
        features = torch.einsum("bsc,scw->bsw", bins, self.maps)
        normed: Tensor = self.norm(features.flatten(1))
        return normed.view_as(features)


def horizontal_pyramid(maps: Tensor) -> Tensor:
    """Return mean plus maximum over each stripe of maps (B, C, h, w), for all SCALES: (B, sum(SCALES), C).

    Stripes are cut as in `ccreid.models.stripes`; maps of fewer rows than stripes use rows several times.
    """
    pooled = [
        functional.adaptive_avg_pool2d(maps, (scale, 1)) + functional.adaptive_max_pool2d(maps, (scale, 1))
        for scale in SCALES
    ]
    return torch.cat(pooled, dim=2).squeeze(3).transpose(1, 2)


def _set_max(frames: Tensor, sets: int) -> Tensor:
    """Return the maximum over each set of maps (sets * S, C, h, w)."""
    return frames.reshape(sets, -1, *frames.shape[1:]).amax(dim=1)


def _conv(before: int, after: int, kernel: int = 3) -> nn.Sequential:
    conv = nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return nn.Sequential(conv, nn.LeakyReLU(inplace=True))
