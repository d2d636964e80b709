"""A small network of ours that parses people: an encoder and a light decoder, trained from scratch."""

import copy
from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import fuse_conv_bn_eval

from ccreid.parts import NUM_PARTS

_WIDTHS: Final = (16, 32, 64, 96, 128)
"""Channels at a half, a quarter, ... of the image's size."""
_BLOCKS: Final = (0, 1, 2, 2, 1)
"""Residual blocks of the encoder at each of these sizes."""

STRIDE: Final = 2 ** len(_WIDTHS)
"""Height and width of the images must be multiples of this."""


class TinyNetwork(nn.Module):
    """U-shaped: five halvings with residual blocks, the mean of the whole image, and one convolution a doubling back.

    The first layer takes squares of 2x2 pixels as 12 channels and the last hands out the logits of such squares, so
    that nothing runs at full size and yet no pixel is averaged away: a hand is 8 pixels wide. Convolutions are plain
    ones: with depthwise ones of the same widths, half the weights took nearly as long on the CPU. 1.2 million weights.

    Example:
        >>> TinyNetwork().eval()(torch.rand(2, 3, 64, 32)).shape
        torch.Size([2, 6, 64, 32])
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv_relu(12, _WIDTHS[0])
        self.encoder = nn.ModuleList()
        for level, (width, blocks) in enumerate(zip(_WIDTHS, _BLOCKS, strict=True)):
            shrink = [_conv_relu(_WIDTHS[level - 1], width, stride=2)] if level else []
            self.encoder.append(nn.Sequential(*shrink, *(_Residual(width) for _ in range(blocks))))
        self.context = nn.Sequential(
            nn.Conv2d(_WIDTHS[-1], _WIDTHS[-1], 1), nn.ReLU(inplace=True), nn.Conv2d(_WIDTHS[-1], _WIDTHS[-1], 1)
        )
        self.decoder = nn.ModuleList(
            _Doubling(_WIDTHS[level + 1], _WIDTHS[level]) for level in reversed(range(len(_WIDTHS) - 1))
        )
        self.head = nn.Conv2d(_WIDTHS[0], 4 * NUM_PARTS, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (B, 6, H, W) of the parts.

        Args:
            images: Floating point in 0..1, (B, 3, H, W), H and W multiples of `STRIDE`.
        """
        x = self.stem(functional.pixel_unshuffle(2 * images - 1, 2))
        skipped = []
        for level in self.encoder:
            x = level(x)
            skipped.append(x)
        x = x + self.context(x.mean(dim=(2, 3), keepdim=True))
        for level, skip in zip(self.decoder, reversed(skipped[:-1]), strict=True):
            x = level(x, skip)
        return functional.pixel_shuffle(self.head(x), 2)


def folded(network: TinyNetwork) -> TinyNetwork:
    """Return a copy in evaluation mode whose batch norms are part of the convolutions: the same function, faster."""
    copied = copy.deepcopy(network).eval()
    for module in copied.modules():
        if isinstance(module, _ConvNorm) and isinstance(module.norm, nn.BatchNorm2d):
            module.conv = fuse_conv_bn_eval(module.conv, module.norm)
            module.norm = nn.Identity()
    return copied.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]  # stubs miss it


class _ConvNorm(nn.Module):
    """3x3 convolution and batch norm."""

    norm: nn.Module

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.norm(self.conv(x)))


class _Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(_conv_relu(channels, channels), _ConvNorm(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.branch(x), inplace=True)


class _Doubling(nn.Module):
    """Narrows the deeper map, doubles its size, adds the encoder's map of that size, and mixes them."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(in_channels, channels, 1)
        self.mix = _conv_relu(channels, channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return cast(Tensor, self.mix(skip + functional.interpolate(self.narrow(x), scale_factor=2.0)))


def _conv_relu(in_channels: int, channels: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(_ConvNorm(in_channels, channels, stride), nn.ReLU(inplace=True))
