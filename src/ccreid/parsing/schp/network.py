"""The network of SCHP (Li et al., TPAMI 2020): CE2P (Ruan et al., AAAI 2019) on ResNet-101, under the authors' keys."""

from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.parsing.schp.norm import AbsNorm

_DEPTHS: Final = (3, 4, 23, 3)
_EXPANSION: Final = 4
_POOLED: Final = (1, 2, 3, 6)


class SCHPNetwork(nn.Module):
    """From images to the logits of their labels, at a quarter of the size.

    The state dict has exactly the keys and shapes of the authors' checkpoints, after their prefix `module.`. Of the
    three results of the published network (labels from the decoder, edges, and labels from both branches' features)
    the last is computed, which their own inference uses; the layers of the other two are there for their keys alone.

    Args:
        labels: L, the number of labels.
    """

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.conv1 = _conv3x3(3, 64, stride=2)
        self.bn1 = AbsNorm(64, slope=1)
        self.conv2 = _conv3x3(64, 64)
        self.bn2 = AbsNorm(64, slope=1)
        self.conv3 = _conv3x3(64, 128)
        self.bn3 = AbsNorm(128, slope=1)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _stage(128, 64, _DEPTHS[0], stride=1)
        self.layer2 = _stage(256, 128, _DEPTHS[1], stride=2)
        self.layer3 = _stage(512, 256, _DEPTHS[2], stride=2)
        self.layer4 = _stage(1024, 512, _DEPTHS[3], stride=1, dilation=2)
        self.context_encoding = _PyramidPooling(2048, 512)
        self.edge = _EdgeBranch()
        self.decoder = _Decoder(labels)
        self.fushion = nn.Sequential(  # the key's spelling is the authors'
            *_conv1x1(1024, 256),
            nn.Identity(),  # dropout in training
            nn.Conv2d(256, labels, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, L, H / 4, W / 4).

        Args:
            images: BGR and normalised as `ccreid.parsing.schp.parser` does, (B, 3, H, W); sizes are rounded up.
        """
        x = _relu(self.bn1(self.conv1(images)))
        x = _relu(self.bn2(self.conv2(x)))
        x = _relu(self.bn3(self.conv3(x)))
        quarter = self.layer1(self.maxpool(x))
        eighth = self.layer2(quarter)
        sixteenth = self.layer3(eighth)
        context = self.context_encoding(self.layer4(sixteenth))
        parsing = self.decoder(context, quarter)
        edges = self.edge(quarter, eighth, sixteenth)
        return cast(Tensor, self.fushion(torch.cat([parsing, edges], dim=1)))


class _Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions beside a shortcut, the stride and the dilation in the 3x3."""

    def __init__(self, in_channels: int, channels: int, stride: int, dilation: int) -> None:
        super().__init__()
        out_channels = channels * _EXPANSION
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.bn1 = AbsNorm(channels, slope=1)
        self.conv2 = _conv3x3(channels, channels, stride, dilation)
        self.bn2 = AbsNorm(channels, slope=1)
        self.conv3 = nn.Conv2d(channels, out_channels, 1, bias=False)
        self.bn3 = AbsNorm(out_channels, slope=1)
        self.downsample: nn.Sequential | None = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False), AbsNorm(out_channels, slope=1)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = _relu(self.bn1(self.conv1(x)))
        out = _relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return _relu(out + (x if self.downsample is None else self.downsample(x)))


class _PyramidPooling(nn.Module):
    """The map beside its means over the whole and over 2x2, 3x3 and 6x6 cells (PSPNet; Zhao et al., CVPR 2017)."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(size), *_conv1x1(in_channels, channels)) for size in _POOLED
        )
        self.bottleneck = nn.Sequential(
            _conv3x3(in_channels + len(_POOLED) * channels, channels),
            AbsNorm(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        pooled = [_resized_to(x, stage(x)) for stage in self.stages]
        return cast(Tensor, self.bottleneck(torch.cat([*pooled, x], dim=1)))


class _Decoder(nn.Module):
    """The context at a quarter of the size beside narrow features of the first stage: 256 channels."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(*_conv1x1(512, 256))
        self.conv2 = nn.Sequential(*_conv1x1(256, 48))
        self.conv3 = nn.Sequential(*_conv1x1(256 + 48, 256), *_conv1x1(256, 256))
        self.conv4 = nn.Conv2d(256, labels, 1)  # the decoder's own labels, not computed

    def forward(self, context: Tensor, quarter: Tensor) -> Tensor:
        wide = _resized_to(quarter, self.conv1(context))
        return cast(Tensor, self.conv3(torch.cat([wide, self.conv2(quarter)], dim=1)))


class _EdgeBranch(nn.Module):
    """Features of three stages that were trained to see the parts' edges: 3 x 256 channels at a quarter of the size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(*_conv1x1(256, 256))
        self.conv2 = nn.Sequential(*_conv1x1(512, 256))
        self.conv3 = nn.Sequential(*_conv1x1(1024, 256))
        # The edges themselves, not computed.
        self.conv4 = nn.Conv2d(256, 2, 3, padding=1)
        self.conv5 = nn.Conv2d(6, 2, 1)

    def forward(self, quarter: Tensor, eighth: Tensor, sixteenth: Tensor) -> Tensor:
        fine = self.conv1(quarter)
        return torch.cat([fine, _resized_to(fine, self.conv2(eighth)), _resized_to(fine, self.conv3(sixteenth))], dim=1)


def _stage(in_channels: int, channels: int, depth: int, stride: int, dilation: int = 1) -> nn.Sequential:
    rest = [_Bottleneck(channels * _EXPANSION, channels, 1, dilation) for _ in range(depth - 1)]
    return nn.Sequential(_Bottleneck(in_channels, channels, stride, dilation), *rest)


def _conv3x3(in_channels: int, channels: int, stride: int = 1, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_channels, channels, 3, stride=stride, padding=dilation, dilation=dilation, bias=False)


def _conv1x1(in_channels: int, channels: int) -> tuple[nn.Conv2d, AbsNorm]:
    return nn.Conv2d(in_channels, channels, 1, bias=False), AbsNorm(channels)


def _relu(x: Tensor) -> Tensor:
    return functional.relu(x, inplace=True)


def _resized_to(like: Tensor, x: Tensor) -> Tensor:
    return functional.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=True)
