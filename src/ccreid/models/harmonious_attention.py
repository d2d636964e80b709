"""Harmonious attention (Li et al. 2018, Sec. 3.1): soft weights on all of a map, and four regions cut out of it."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

REGIONS: Final = 4
_REDUCTION: Final = 16
_HEIGHT: Final = 0.25  # of a region, as a share of the map's; its width is the map's
_OFFSETS: Final = (-0.75, -0.25, 0.25, 0.75)


def conv_block(in_channels: int, channels: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Return convolution, batch norm and ReLU, from (B, in_channels, h, w) to (B, channels, h / stride, w / stride)."""
    convolution = nn.Conv2d(in_channels, channels, kernel, stride=stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.ReLU(inplace=True))


class SoftAttention(nn.Module):
    """Weights in 0..1 for each place and channel: one spatial map times one weight a channel, mixed by a 1x1 layer."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.spatial = conv_block(1, 1, 3, stride=2)
        # The paper's 1x1 convolution scales this one channel, which the batch norm after it does by itself.
        self.spatial_scale = nn.Sequential(nn.BatchNorm2d(1), nn.ReLU(inplace=True))
        self.channel = nn.Sequential(
            conv_block(channels, channels // _REDUCTION, 1), conv_block(channels // _REDUCTION, channels, 1)
        )
        self.mix = conv_block(channels, channels, 1)

    def forward(self, feature_map: Tensor) -> Tensor:
        """Return the weights of a map (B, C, h, w), of its shape."""
        spatial = self.spatial(feature_map.mean(dim=1, keepdim=True))
        spatial = functional.interpolate(spatial, feature_map.shape[2:], mode="bilinear", align_corners=False)
        channel = self.channel(feature_map.mean(dim=(2, 3), keepdim=True))
        weights: Tensor = self.mix(self.spatial_scale(spatial) * channel)
        return weights.sigmoid()


class HardAttention(nn.Module):
    """Where the four regions of a map are; they start one below the other and the same in all images."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.offsets = nn.Linear(channels, REGIONS * 2)
        nn.init.zeros_(self.offsets.weight)
        with torch.no_grad():
            self.offsets.bias.copy_(torch.tensor([(0.0, y) for y in _OFFSETS]).flatten())

    def forward(self, feature_map: Tensor) -> Tensor:
        """Return the regions' centres (B, 4, 2) of a map (B, C, h, w), (x, y) from -1 to 1 across the map."""
        centres: Tensor = self.offsets(feature_map.mean(dim=(2, 3)))
        return centres.tanh().view(-1, REGIONS, 2)


def crop_regions(feature_map: Tensor, centres: Tensor, height: int, width: int) -> Tensor:
    """Cut regions of the map's width and a quarter of its height out of it; what is beyond its edges is zero.

    Args:
        feature_map: (B, C, h, w).
        centres: Of the regions, (B, 4, 2), (x, y) from -1 to 1 across the map.
        height: Rows that each region is sampled in.
        width: Columns that each region is sampled in.

    Returns:
        The regions (B, 4, C, height, width).
    """
    # In full precision, also under autocast: positions need more digits than features.
    with torch.autocast(feature_map.device.type, enabled=False):
        x, y = centres.float()[..., None, None].unbind(dim=2)
        x = (x + _positions(width, centres.device)).expand(-1, -1, height, -1)
        y = (y + _positions(height, centres.device)[:, None] * _HEIGHT).expand(-1, -1, -1, width)
        # The regions' rows one below the other make one grid an image, so that the map is not repeated for each.
        grid = torch.stack([x, y], dim=4).flatten(1, 2)
        sampled = functional.grid_sample(feature_map.float(), grid, align_corners=False).to(feature_map.dtype)
    return sampled.view(*sampled.shape[:2], REGIONS, height, width).transpose(1, 2)


def _positions(count: int, device: torch.device) -> Tensor:
    """Return the middles of `count` equal steps from -1 to 1."""
    return (torch.arange(count, device=device) * 2 + 1) / count - 1
