"""What a poor camera does to a picture: no colours, blur, noise, and the blocks of strong JPEG compression."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.augment.batch import check_images, from_unit, to_unit
from ccreid.augment.jitter import grey
from ccreid.errors import BadValueError

GREY = 0.1
"""Share of images that lose their colours."""
BLURRED = 0.5
"""Share of images that are blurred, each from not at all to the mean of 5x5 pixels."""
NOISY = 0.5
"""Share of images with noise."""
LARGEST_NOISE = 0.08
"""Largest standard deviation of the noise, where 1 is from black to white."""
COMPRESSED = 0.3
"""Share of images that are compressed."""
LARGEST_STEP = 0.3
"""Largest step of the mean of a block of 8x8 pixels in `compress`; JPEG's at quality 10."""

_BLOCK = 8


class PoorCamera(nn.Module):
    """Takes colours away, blurs, adds noise and compresses; each image gets a selection and strengths of its own.

    Nothing moves, so part maps stay as they are.

    Args:
        share: Of the shares of images above, 0..1; 0 leaves all images as they are.

    Raises:
        ValueError: `share` is not in 0..1.
    """

    def __init__(self, share: float = 1.0) -> None:
        super().__init__()
        if not 0 <= share <= 1:
            raise BadValueError(f"the share of the poor camera is {share}, expected 0..1")
        self.share = share

    def forward(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return images (B, 3, H, W) of the given type.

        Args:
            images: uint8 in 0..255 or floating point in 0..1.
            generator: Source of the draws, on the images' device.

        Raises:
            BatchError: The images are not a batch.
        """
        check_images(images)
        chance, strength = torch.rand(2, 4, len(images), 1, 1, 1, generator=generator, device=images.device)
        shares = self.share * torch.tensor([GREY, BLURRED, NOISY, COMPRESSED], device=images.device)
        chosen = chance < shares.view(4, 1, 1, 1, 1)
        _, softness, noise, step = torch.where(chosen, strength, 0)
        pictures = to_unit(images)
        pictures = torch.where(chosen[0], grey(pictures), pictures)
        _change(pictures, softness, blur)
        drawn = torch.randn(images.shape, generator=generator, device=images.device)
        pictures = (pictures + LARGEST_NOISE * noise * drawn).clamp_(0, 1)
        _change(pictures, LARGEST_STEP * step, compress)
        return from_unit(pictures, images.dtype)


def blur(images: Tensor, softness: Tensor) -> Tensor:
    """Blend images with the mean of the 5x5 pixels around each.

    Args:
        images: float (B, 3, H, W).
        softness: (B, 1, 1, 1) in 0..1; 0 leaves an image, 1 gives the mean.
    """
    return torch.lerp(images, functional.avg_pool2d(images, 5, stride=1, padding=2, count_include_pad=False), softness)


def compress(images: Tensor, step: Tensor) -> Tensor:
    """Round the cosine transform of blocks of 8x8 pixels, as JPEG does, more coarsely the finer the detail.

    Differs from JPEG in that red, green and blue are each compressed at full resolution.

    Args:
        images: float (B, 3, H, W) in 0..1.
        step: (B, 1, 1, 1), what the coefficient of a block's mean is rounded to a multiple of, in the orthonormal
            transform; those of u + v half waves to a multiple of (1 + (u + v) / 2) times as much. 0 leaves an image.

    Returns:
        float (B, 3, H, W) in 0..1.
    """
    height, width = images.shape[2:]
    padded = functional.pad(images, (0, -width % _BLOCK, 0, -height % _BLOCK), mode="replicate")
    blocks = padded.unfold(2, _BLOCK, _BLOCK).unfold(3, _BLOCK, _BLOCK)  # (B, 3, rows, columns, 8, 8)
    cosines = _cosines().to(images)
    waves = torch.arange(_BLOCK, device=images.device)
    steps = step[..., None, None] * (1 + (waves[:, None] + waves) / 2)
    coefficients = cosines @ blocks @ cosines.T
    rounded = (coefficients / steps.clamp_min(torch.finfo(images.dtype).tiny)).round() * steps
    pictures = (cosines.T @ rounded @ cosines).transpose(3, 4).reshape(padded.shape)[..., :height, :width]
    return torch.where(step > 0, pictures.clamp(0, 1), images)


def _change(images: Tensor, strength: Tensor, change: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Change, in place, the images whose strength is above 0; to compute it for all would double the time."""
    chosen = strength.flatten() > 0
    images[chosen] = change(images[chosen], strength[chosen])


def _cosines() -> Tensor:
    """Return the orthonormal cosine transform of 8 values as a matrix, one wave a row."""
    waves = torch.arange(_BLOCK)[:, None]
    matrix = torch.cos(math.pi / _BLOCK * (torch.arange(_BLOCK) + 0.5) * waves) * math.sqrt(2 / _BLOCK)
    matrix[0] /= math.sqrt(2)
    return matrix
