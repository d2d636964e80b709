"""A small network that parses people: EfficientNet-Lite0 as encoder, and a light decoder of plain convolutions."""

from typing import Final, cast

from torch import Tensor, nn
from torch.nn import functional

from ccreid.efficientnet_lite_blocks import INPUT_MEAN, INPUT_STD, LiteTrunk
from ccreid.parts import NUM_PARTS

STRIDE: Final = 32
"""Height and width of the images must be multiples of this."""

_LEVEL_ENDS: Final = (0, 2, 4, 10, 15)
"""The last block at a half, a quarter, ... of the image's size."""
_LEVEL_CHANNELS: Final = (16, 24, 40, 112, 320)
"""Channels of the output of these blocks."""
_WIDTHS: Final = (24, 32, 48, 96, 128)
"""Channels of the decoder at these sizes."""


class LiteNetwork(nn.Module):
    """U-shaped: an ImageNet encoder, the mean of the whole image, and one convolution a doubling back.

    The encoder's first map has half the image's size. So that no pixel is averaged away, and a hand is 8 pixels wide,
    the image itself goes into the decoder beside it as squares of 2x2 pixels in 12 channels, and the logits of such
    squares come out. 3.2 million weights.

    Example:
        >>> import torch
        >>> LiteNetwork().eval()(torch.rand(2, 3, 64, 32)).shape
        torch.Size([2, 6, 64, 32])
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = LiteEncoder()
        self.pixels = _conv_relu(12, _WIDTHS[0])
        self.narrow = nn.ModuleList(
            nn.Conv2d(channels, width, 1) for channels, width in zip(_LEVEL_CHANNELS, _WIDTHS, strict=True)
        )
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
        levels = [narrow(level) for narrow, level in zip(self.narrow, self.encoder(images), strict=True)]
        levels[0] = levels[0] + self.pixels(functional.pixel_unshuffle(2 * images - 1, 2))
        x = levels[-1] + self.context(levels[-1].mean(dim=(2, 3), keepdim=True))
        for doubling, level in zip(self.decoder, reversed(levels[:-1]), strict=True):
            x = doubling(x, level)
        return functional.pixel_shuffle(self.head(x), 2)


class LiteEncoder(LiteTrunk):
    """EfficientNet-Lite0 up to its last block; the names of its weights are those of the published file."""

    def __init__(self) -> None:
        super().__init__(_LEVEL_ENDS, last_stride=2)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the maps at a half, a quarter, ... and a 32nd of the images' size.

        Args:
            images: Floating point in 0..1, (B, 3, H, W).
        """
        return self.maps((images - INPUT_MEAN) / INPUT_STD)

    def early_layers(self) -> list[nn.Module]:
        """Return the layers before the map at a quarter of the images' size, and those that make it.

        They see edges and colours, as ImageNet taught them, and take more than half of the encoder's time.
        """
        return [self._conv_stem, self._bn0, *self._blocks[: _LEVEL_ENDS[1] + 1]]


class _ConvNorm(nn.Module):
    """3x3 convolution and batch norm."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.norm(self.conv(x)))


class _Doubling(nn.Module):
    """Narrows the deeper map, doubles its size, adds the encoder's map of that size, and mixes them."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(in_channels, channels, 1)
        self.mix = _conv_relu(channels, channels)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        return cast(Tensor, self.mix(level + functional.interpolate(self.narrow(x), scale_factor=2.0)))


def _conv_relu(in_channels: int, channels: int) -> nn.Sequential:
    return nn.Sequential(_ConvNorm(in_channels, channels), nn.ReLU(inplace=True))
