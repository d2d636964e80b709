"""From pixels to network input and back: ImageNet's mean and standard deviation."""

from typing import Final

import torch
from torch import Tensor, nn

from ccreid.augment.batch import check_images

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_STD: Final = (0.229, 0.224, 0.225)


class Normalise(nn.Module):
    """Scales images to 0..1, subtracts ImageNet's mean colour and divides by its standard deviation."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        # Constants, kept out of the state dict, that move to a device with the module.
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD)[:, None, None], persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return float images (B, 3, H, W), about zero mean and unit variance over natural images.

        Args:
            images: uint8 in 0..255, or floating point in 0..1.

        Raises:
            BatchError: The images are not a batch.
        """
        check_images(images)
        if images.dtype == torch.uint8:
            return (images - 255 * self.mean) / (255 * self.std)
        return (images - self.mean) / self.std

    def inverse(self, images: Tensor) -> Tensor:
        """Return uint8 images (B, 3, H, W) to look at, from normalised ones; values are rounded and clipped to 0..255.

        Raises:
            BatchError: The images are not a batch.
        """
        check_images(images)
        return ((images * self.std + self.mean) * 255).round().clamp(0, 255).to(torch.uint8)
