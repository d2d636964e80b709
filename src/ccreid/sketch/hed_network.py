"""HED, the holistically-nested edge detector (Xie & Tu, ICCV 2015, Sec. 3), from which PRCC's contour sketches are."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

VGG16_BLOCKS: Final = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Channels of VGG16's 3x3 convolutions, block by block; each block but the first halves the map before it begins."""

# Blue, green, red: what the authors' Caffe model and the published weights subtract from values of 0..255.
_MEAN: Final = (104.00699, 116.66877, 122.67892)


class HED(nn.Module):
    """VGG16's convolutions with a side output after each block, each as large as the image, and their fusion.

    The image is not padded beyond what keeps each map's size. The authors' Caffe model pads it by 35 pixels and cuts
    them off again; the published weights that ccreid reads were trained without.
    """

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList()
        in_channels = 3
        for block in VGG16_BLOCKS:
            layers: list[nn.Module] = []
            for channels in block:
                layers += [nn.Conv2d(in_channels, channels, 3, padding=1), nn.ReLU(inplace=True)]
                in_channels = channels
            self.blocks.append(nn.Sequential(*layers))
        self.sides = nn.ModuleList(nn.Conv2d(block[-1], 1, 1) for block in VGG16_BLOCKS)
        self.fuse = nn.Conv2d(len(VGG16_BLOCKS), 1, 1)
        self.register_buffer("mean", torch.tensor(_MEAN)[:, None, None], persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return the fused edge map, float (B, 1, H, W), the probability of an edge in each pixel.

        Args:
            images: RGB in 0..255, uint8 or float (B, 3, H, W), of any size.
        """
        x = images.flip(1) - self.mean
        size = images.shape[2:]
        sides = []
        for number, (block, side) in enumerate(zip(self.blocks, self.sides, strict=True)):
            # An odd row or column at the end is a window of its own, as in Caffe and in TensorFlow's `same`.
            x = block(functional.max_pool2d(x, 2, ceil_mode=True) if number else x)
            sides.append(functional.interpolate(side(x), size, mode="bilinear", align_corners=False))
        edges: Tensor = self.fuse(torch.cat(sides, dim=1)).sigmoid()
        return edges
