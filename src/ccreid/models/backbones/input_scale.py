"""The step from the package's normalised images to the input that a backbone's weights were trained on."""

import torch
from torch import Tensor, nn

from ccreid.augment import IMAGENET_MEAN, IMAGENET_STD


class InputScale(nn.Module):
    """Turns images normalised by ImageNet's mean and standard deviation into images normalised by others.

    All models take the same input, while some weights expect another. It is a step of its own and cannot be folded
    into the first convolution, whose zero padding must be the zero of the scale that the weights know.

    Args:
        mean: That the weights expect, RGB, of images in 0..1.
        std: Likewise.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        old_mean, old_std, new_mean, new_std = (
            torch.tensor(values, dtype=torch.float64)[:, None, None]
            for values in (IMAGENET_MEAN, IMAGENET_STD, mean, std)
        )
        # Constants, kept out of the state dict, that move to a device with the module.
        self.register_buffer("scale", (old_std / new_std).float(), persistent=False)
        self.register_buffer("shift", ((old_mean - new_mean) / new_std).float(), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return images (B, 3, H, W) in the other normalisation."""
        return images * self.scale + self.shift
