"""VGG16 (Simonyan & Zisserman 2015) as a backbone, with torchvision's state-dict keys; Table I has it on sketches."""

from pathlib import Path
from typing import Final, cast

import torch
from torch import Tensor, nn

from ccreid.augment import IMAGENET_MEAN, IMAGENET_STD
from ccreid.errors import BadValueError
from ccreid.sketch.hed_network import HED, VGG16_BLOCKS
from ccreid.sketch.hed_weights import hed_file, load_hed

# torchvision's layers up to the first convolution at a 16th of the image's size, and its ReLU.
_LAYERS_TO_A_16TH: Final = 26


class VGG16(nn.Module):
    """VGG16's 13 convolutions without its fully connected layers, from scratch; 14.7 million weights, no batch norm.

    Args:
        last_stride: 2 as for ImageNet, with a pooling after the last block; 1 leaves that out, for maps of twice the
            height and width.

    Attributes:
        channels: C of the feature map, 512.

    Raises:
        ValueError: `last_stride` is neither 1 nor 2.
    """

    def __init__(self, last_stride: int = 1) -> None:
        super().__init__()
        if last_stride not in (1, 2):
            raise BadValueError(f"last_stride is {last_stride}, expected 1 or 2")
        self.channels: int = VGG16_BLOCKS[-1][-1]
        layers: list[nn.Module] = []
        in_channels = 3
        for block in VGG16_BLOCKS:
            for channels in block:
                layers += [nn.Conv2d(in_channels, channels, 3, padding=1), nn.ReLU(inplace=True)]
                in_channels = channels
            # Rounded up, as the other backbones do, so that a map never has no rows.
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
        self.features = nn.Sequential(*layers[: None if last_stride == 2 else -1])
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                assert module.bias is not None  # the convolutions above have one
                nn.init.zeros_(module.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Return the feature map (B, 512, H / 16, W / 16) with last stride 1, (B, 512, H / 32, W / 32) with 2.

        Args:
            images: Normalised by ImageNet's mean and standard deviation, (B, 3, H, W); sizes are rounded up.
        """
        return cast(Tensor, self.features(images))

    def trunk_and_branch(self) -> tuple[nn.Sequential, nn.Sequential]:
        """Return the layers up to the first convolution at a 16th of the image's size, and those after it.

        Together, one after the other, they are the network. They are its own layers, not copies.
        """
        layers = list(self.features)
        return nn.Sequential(*layers[:_LAYERS_TO_A_16TH]), nn.Sequential(*layers[_LAYERS_TO_A_16TH:])


def load_hed_blocks(network: VGG16, path: Path | None = None) -> None:
    """Start the convolutions from those of the edge detector HED, which has the same, trained to find contours.

    HED takes blue, green and red in 0..255 less a mean colour of its own; the first convolution's weights are changed
    to give the same for normalised images. Only at the border is there a difference, of one grey level, since what is
    beyond it is the mean colour in both.

    Args:
        network: Is changed in place.
        path: HED's weights file; that of the installed package where None.

    Raises:
        WeightsError: The file is missing, damaged or of another network.
    """
    detector = load_hed(hed_file() if path is None else path)
    own = [layer for layer in network.features if isinstance(layer, nn.Conv2d)]
    with torch.no_grad():
        for layer, other in zip(own, _convolutions(detector), strict=True):
            layer.load_state_dict(other.state_dict())
        first = own[0]
        assert first.bias is not None  # the convolutions of VGG16 have one
        kernel = first.weight.flip(1)  # red, green, blue
        shift = 255 * torch.tensor(IMAGENET_MEAN) - detector.mean.flatten().flip(0)
        first.bias += (kernel * shift[:, None, None]).sum(dim=(1, 2, 3))
        first.weight.copy_(kernel * (255 * torch.tensor(IMAGENET_STD))[:, None, None])


def _convolutions(detector: HED) -> list[nn.Module]:
    return [layer for block in detector.blocks for layer in block.children() if isinstance(layer, nn.Conv2d)]
