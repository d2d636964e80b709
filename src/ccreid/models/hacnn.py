"""HA-CNN: a small network with attention and a stream for local regions (Li et al. 2018, "Harmonious attention").

`HACNN` is made of `InceptionA` and `InceptionB`, the blocks of its stages, and of harmonious attention (Sec. 3.1):
`SoftAttention` weighs all of a map, and `HardAttention` says where `crop_regions` cuts four regions out of it.
"""

from pathlib import Path
from typing import Final, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.models.layers import Classifier, reduction
from ccreid.models.network import ReIDNetwork, ReIDOutput

FEATURE: Final = 512
"""Length of the global and of the local feature."""

_STEM: Final = 32
_STAGES: Final = (128, 256, 384)
# Places that the first regions are sampled in, as shares of the map's: 24x28 of 80x32 at the paper's 160x64 pixels.
# Later regions are as large as the local stream, 12x14 and 6x7 there.
_SAMPLED_ROWS: Final = 0.3
_SAMPLED_COLUMNS: Final = 0.875


class HACNN(ReIDNetwork):
    """The harmonious attention network. It has no backbone and is trained from scratch, on images of any size.

    Three stages halve the map. In each, a stage's output is weighted by soft attention, and hard attention on that
    output says where four regions are cut out of the stage's input. The regions join the local stream, which has one
    set of weights for all four.

    Args:
        num_identities: N, training identities.

    Raises:
        ValueError: `num_identities` is below 1.
    """

    has_backbone = False

    def __init__(self, num_identities: int) -> None:
        super().__init__()
        inputs = (_STEM, *_STAGES[:-1])
        self.stem = _conv_block(3, _STEM, 3, stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(InceptionA(before, after), InceptionB(after, after))
            for before, after in zip(inputs, _STAGES, strict=True)
        )
        self.soft_attention = nn.ModuleList(SoftAttention(channels) for channels in _STAGES)
        self.hard_attention = nn.ModuleList(HardAttention(channels) for channels in _STAGES)
        self.local_stages = nn.ModuleList(
            InceptionB(before, after) for before, after in zip(inputs, _STAGES, strict=True)
        )
        self.global_reduction = reduction(_STAGES[-1], FEATURE)
        self.local_reduction = reduction(_STAGES[-1] * REGIONS, FEATURE)
        self.global_classifier = Classifier(FEATURE, num_identities, 0.01, bias=True)
        self.local_classifier = Classifier(FEATURE, num_identities, 0.01, bias=True)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    @classmethod
    def build(cls, num_identities: int, backbone: str, weights: str | Path, last_stride: int) -> Self:
        """Build it; what a recipe says of a backbone is of no account.

        Args:
            num_identities: N, training identities.
            backbone: Not used.
            weights: Not used.
            last_stride: Not used.

        Returns:
            The system, in training mode.

        Raises:
            BadValueError: `num_identities` is below 1.
        """
        return cls(num_identities)

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return the global and the local embedding (B, 512), their logits (B, N), and both, normalised, as feature.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        x = self.stem(images)
        rows, columns = max(round(_SAMPLED_ROWS * x.shape[2]), 1), max(round(_SAMPLED_COLUMNS * x.shape[3]), 1)
        local: Tensor | None = None
        streams = zip(self.stages, self.soft_attention, self.hard_attention, self.local_stages, strict=True)
        for stage, soft, hard, local_stage in streams:
            out = stage(x)
            regions = crop_regions(x, hard(out), rows, columns)
            regions = regions if local is None else regions + local
            local = local_stage(regions.flatten(0, 1)).unflatten(0, (-1, REGIONS))
            rows, columns = local.shape[3:]
            x = out * soft(out)
        assert local is not None  # there are stages
        whole = self.global_reduction(x.mean(dim=(2, 3)))
        parts = self.local_reduction(local.mean(dim=(3, 4)).flatten(1))
        feature = torch.cat([functional.normalize(whole), functional.normalize(parts)], dim=1)
        return ReIDOutput((whole, parts), (self.global_classifier(whole), self.local_classifier(parts)), feature)


class InceptionA(nn.Module):
    """Three streams of 1x1 and 3x3 convolutions and one of an average, a quarter of the channels each.

    Args:
        in_channels: C of the map that comes in.
        channels: C of the map that goes out, a multiple of 4.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        quarter = channels // 4
        self.streams = nn.ModuleList(
            nn.Sequential(_conv_block(in_channels, quarter, 1), _conv_block(quarter, quarter, 3)) for _ in range(3)
        )
        self.streams.append(nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), _conv_block(in_channels, quarter, 1)))

    def forward(self, x: Tensor) -> Tensor:
        """Return a map (B, channels, h, w) of a map (B, in_channels, h, w)."""
        return torch.cat([stream(x) for stream in self.streams], dim=1)


class InceptionB(nn.Module):
    """The same with stride 2: one and two 3x3 convolutions with a quarter of the channels, a maximum with half.

    Args:
        in_channels: C of the map that comes in.
        channels: C of the map that goes out, a multiple of 4.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        quarter = channels // 4
        self.streams = nn.ModuleList(
            [
                nn.Sequential(_conv_block(in_channels, quarter, 1), _conv_block(quarter, quarter, 3, stride=2)),
                nn.Sequential(
                    _conv_block(in_channels, quarter, 1),
                    _conv_block(quarter, quarter, 3),
                    _conv_block(quarter, quarter, 3, stride=2),
                ),
                nn.Sequential(nn.MaxPool2d(3, stride=2, padding=1), _conv_block(in_channels, quarter * 2, 1)),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return a map (B, channels, h / 2, w / 2), sizes rounded up, of a map (B, in_channels, h, w)."""
        return torch.cat([stream(x) for stream in self.streams], dim=1)


_REDUCTION: Final = 16


class SoftAttention(nn.Module):
    """Weights in 0..1 for each place and channel: one spatial map times one weight a channel, mixed by a 1x1 layer.

    Args:
        channels: C of the map, at least 16.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.spatial = _conv_block(1, 1, 3, stride=2)
        # The paper's 1x1 convolution scales this one channel, which the batch norm after it does by itself.
        self.spatial_scale = nn.Sequential(nn.BatchNorm2d(1), nn.ReLU(inplace=True))
        self.channel = nn.Sequential(
            _conv_block(channels, channels // _REDUCTION, 1), _conv_block(channels // _REDUCTION, channels, 1)
        )
        self.mix = _conv_block(channels, channels, 1)

    def forward(self, feature_map: Tensor) -> Tensor:
        """Return the weights of a map (B, C, h, w), of its shape."""
        spatial = self.spatial(feature_map.mean(dim=1, keepdim=True))
        spatial = functional.interpolate(spatial, feature_map.shape[2:], mode="bilinear", align_corners=False)
        channel = self.channel(feature_map.mean(dim=(2, 3), keepdim=True))
        weights: Tensor = self.mix(self.spatial_scale(spatial) * channel)
        return weights.sigmoid()


REGIONS: Final = 4
"""Regions that are cut out of a map."""

# Height of a region, as a share of the map's; its width is the map's.
_REGION_HEIGHT: Final = 1 / REGIONS
_FIRST_OFFSETS: Final = (-0.75, -0.25, 0.25, 0.75)


class HardAttention(nn.Module):
    """Where the four regions of a map are; they start one below the other and the same in all images.

    Args:
        channels: C of the map.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.offsets = nn.Linear(channels, REGIONS * 2)
        nn.init.zeros_(self.offsets.weight)
        with torch.no_grad():
            self.offsets.bias.copy_(torch.tensor([(0.0, y) for y in _FIRST_OFFSETS]).flatten())

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
        y = (y + _positions(height, centres.device)[:, None] * _REGION_HEIGHT).expand(-1, -1, -1, width)
        # The regions' rows one below the other make one grid an image, so that the map is not repeated for each.
        grid = torch.stack([x, y], dim=4).flatten(1, 2)
        sampled = functional.grid_sample(feature_map.float(), grid, align_corners=False).to(feature_map.dtype)
    return sampled.view(*sampled.shape[:2], REGIONS, height, width).transpose(1, 2)


def _positions(count: int, device: torch.device) -> Tensor:
    """Return the middles of `count` equal steps from -1 to 1."""
    return (torch.arange(count, device=device) * 2 + 1) / count - 1


def _conv_block(in_channels: int, channels: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Return convolution, batch norm and ReLU, from (B, in_channels, h, w) to (B, channels, h / stride, w / stride)."""
    convolution = nn.Conv2d(in_channels, channels, kernel, stride=stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.ReLU(inplace=True))
