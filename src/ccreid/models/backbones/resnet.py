"""ResNet (He et al. 2016) as a backbone, with torchvision's state-dict keys, so its checkpoints load as they are."""

from typing import Final, Literal, cast, get_args

from torch import Tensor, nn

from ccreid.errors import BadValueError

ResNetName = Literal["resnet18", "resnet34", "resnet50", "resnet101"]

RESNET_NAMES: Final[tuple[ResNetName, ...]] = get_args(ResNetName)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut; the block of ResNet-18 and -34.

    Args:
        in_channels: C of the map that comes in.
        channels: C of the convolutions, and of the map that goes out.
        stride: Of the first convolution.
    """

    expansion: Final = 1

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = _conv3x3(in_channels, channels, stride)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = _conv3x3(channels, channels)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = _shortcut(in_channels, channels * self.expansion, stride)
        self.drop_path = nn.Identity()  # a place for `set_drop_path`

    def forward(self, x: Tensor) -> Tensor:
        """Return a map (B, C, h / stride, w / stride) of a map (B, C', h, w)."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return cast(Tensor, self.relu(self.drop_path(out) + (x if self.downsample is None else self.downsample(x))))


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions beside a shortcut, the stride in the 3x3; the block of ResNet-50 and -101.

    Args:
        in_channels: C of the map that comes in.
        channels: C of the 3x3 convolution; the map that goes out has four times as many.
        stride: Of the 3x3 convolution.
    """

    expansion: Final = 4

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = _conv3x3(channels, channels, stride)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, channels * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(in_channels, channels * self.expansion, stride)
        self.drop_path = nn.Identity()  # a place for `set_drop_path`

    def forward(self, x: Tensor) -> Tensor:
        """Return a map (B, C, h / stride, w / stride) of a map (B, C', h, w)."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return cast(Tensor, self.relu(self.drop_path(out) + (x if self.downsample is None else self.downsample(x))))


_BLOCKS: Final[dict[ResNetName, tuple[type[BasicBlock] | type[Bottleneck], tuple[int, int, int, int]]]] = {
    "resnet18": (BasicBlock, (2, 2, 2, 2)),
    "resnet34": (BasicBlock, (3, 4, 6, 3)),
    "resnet50": (Bottleneck, (3, 4, 6, 3)),
    "resnet101": (Bottleneck, (3, 4, 23, 3)),
}


class ResNet(nn.Module):
    """ResNet without its pooling and classifier, from scratch.

    Args:
        name: Which depth.
        last_stride: Stride of the last stage: 2 as for ImageNet, 1 for maps of twice the height and width, as is usual
            in re-identification (Luo et al. 2019, "bag of tricks").

    Attributes:
        channels: C of the feature map: 512 for ResNet-18 and -34, else 2048.

    Raises:
        ValueError: `last_stride` is neither 1 nor 2.
    """

    def __init__(self, name: ResNetName, last_stride: int = 1) -> None:
        super().__init__()
        if last_stride not in (1, 2):
            raise BadValueError(f"last_stride is {last_stride}, expected 1 or 2")
        block, depths = _BLOCKS[name]
        self.channels: int = 512 * block.expansion
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _stage(block, 64, 64, depths[0], stride=1)
        self.layer2 = _stage(block, 64 * block.expansion, 128, depths[1], stride=2)
        self.layer3 = _stage(block, 128 * block.expansion, 256, depths[2], stride=2)
        self.layer4 = _stage(block, 256 * block.expansion, 512, depths[3], stride=last_stride)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Return the feature map (B, C, H / 16, W / 16) with last stride 1, (B, C, H / 32, W / 32) with 2.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W); sizes are rounded up.
        """
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        return cast(Tensor, self.layer4(self.layer3(self.layer2(self.layer1(x)))))

    def trunk_and_branch(self) -> tuple[nn.Sequential, nn.Sequential]:
        """Return the layers up to the first block at a 16th of the image's size, and those after it.

        Together, one after the other, they are the network. They are its own layers, not copies.
        """
        trunk = nn.Sequential(self.conv1, self.bn1, self.relu, self.maxpool, self.layer1, self.layer2, self.layer3[0])
        return trunk, nn.Sequential(nn.Sequential(*list(self.layer3)[1:]), self.layer4)


def _stage(
    block: type[BasicBlock] | type[Bottleneck], in_channels: int, channels: int, depth: int, stride: int
) -> nn.Sequential:
    rest = [block(channels * block.expansion, channels, stride=1) for _ in range(depth - 1)]
    return nn.Sequential(block(in_channels, channels, stride), *rest)


def _shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Sequential | None:
    """Return the projection of a shortcut that changes size; with last stride 1 the last stage still has one."""
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False), nn.BatchNorm2d(out_channels)
    )


def _conv3x3(in_channels: int, out_channels: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
