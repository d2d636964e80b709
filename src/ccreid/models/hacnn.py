"""HA-CNN: a small network with attention and a stream for local regions (Li et al. 2018, "Harmonious attention")."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.models.classifier import classifier
from ccreid.models.harmonious_attention import REGIONS, HardAttention, SoftAttention, conv_block, crop_regions
from ccreid.models.output import ReIDOutput
from ccreid.models.reduction import reduction

FEATURE: Final = 512
"""Length of the global and of the local feature."""

_STEM: Final = 32
_STAGES: Final = (128, 256, 384)
# 24x28 of the 80x32 places of the first map, at the paper's 160x64 pixels; later regions are as large as the local
# stream, 12x14 and 6x7 there.
_REGION_HEIGHT: Final = 0.3
_REGION_WIDTH: Final = 0.875


class HACNN(nn.Module):
    """The harmonious attention network. It has no backbone and is trained from scratch, on images of any size.

    Three stages halve the map. In each, a stage's output is weighted by soft attention, and hard attention on that
    output says where four regions are cut out of the stage's input. The regions join the local stream, which has one
    set of weights for all four.

    Args:
        num_identities: N, training identities.

    Raises:
        ValueError: `num_identities` is below 1.
    """

    def __init__(self, num_identities: int) -> None:
        super().__init__()
        inputs = (_STEM, *_STAGES[:-1])
        self.stem = conv_block(3, _STEM, 3, stride=2)
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
        self.global_classifier = classifier(FEATURE, num_identities, 0.01, bias=True)
        self.local_classifier = classifier(FEATURE, num_identities, 0.01, bias=True)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> ReIDOutput:
        """Return the global and the local embedding (B, 512), their logits (B, N), and both, normalised, as feature.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W).
        """
        x = self.stem(images)
        rows, columns = max(round(_REGION_HEIGHT * x.shape[2]), 1), max(round(_REGION_WIDTH * x.shape[3]), 1)
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
    """Three streams of 1x1 and 3x3 convolutions and one of an average, a quarter of the channels each."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        quarter = channels // 4
        self.streams = nn.ModuleList(
            nn.Sequential(conv_block(in_channels, quarter, 1), conv_block(quarter, quarter, 3)) for _ in range(3)
        )
        self.streams.append(nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), conv_block(in_channels, quarter, 1)))

    def forward(self, x: Tensor) -> Tensor:
        """Return a map (B, channels, h, w) of a map (B, in_channels, h, w)."""
        return torch.cat([stream(x) for stream in self.streams], dim=1)


class InceptionB(nn.Module):
    """The same with stride 2: one and two 3x3 convolutions with a quarter of the channels, a maximum with half."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        quarter = channels // 4
        self.streams = nn.ModuleList(
            [
                nn.Sequential(conv_block(in_channels, quarter, 1), conv_block(quarter, quarter, 3, stride=2)),
                nn.Sequential(
                    conv_block(in_channels, quarter, 1),
                    conv_block(quarter, quarter, 3),
                    conv_block(quarter, quarter, 3, stride=2),
                ),
                nn.Sequential(nn.MaxPool2d(3, stride=2, padding=1), conv_block(in_channels, quarter * 2, 1)),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return a map (B, channels, h / 2, w / 2), sizes rounded up, of a map (B, in_channels, h, w)."""
        return torch.cat([stream(x) for stream in self.streams], dim=1)
