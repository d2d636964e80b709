"""EfficientNet-Lite0 as a small backbone; its layers, and what their weights expect, are `efficientnet_lite_blocks`."""

from typing import Final, cast

from torch import Tensor, nn

from ccreid.efficientnet_lite_blocks import (
    BN_EPSILON,
    INPUT_MEAN,
    INPUT_STD,
    LAST_CHANNELS,
    STEM_CHANNELS,
    SameConv2d,
    lite0_blocks,
)
from ccreid.errors import BadValueError
from ccreid.models.backbones.input_scale import InputScale

_BLOCKS_TO_A_16TH: Final = 6
_HEAD: Final = 1280


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
        self.input_scale = InputScale((INPUT_MEAN,) * 3, (INPUT_STD,) * 3)
        self._conv_stem = SameConv2d(3, STEM_CHANNELS, 3, stride=2)
        self._bn0 = nn.BatchNorm2d(STEM_CHANNELS, eps=BN_EPSILON)
        self._blocks = nn.Sequential(*lite0_blocks(last_stride))
        self._conv_head = nn.Conv2d(LAST_CHANNELS, _HEAD, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(_HEAD, eps=BN_EPSILON)
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
