"""Colour jitter of a batch, each image with factors of its own."""

import torch
from torch import Tensor, nn

from ccreid.augment.batch import check_images, from_unit, to_unit
from ccreid.errors import BadValueError

# ITU-R 601-2 luma, the weights that torchvision and Pillow use.
_LUMA = (0.2989, 0.587, 0.114)


class ColourJitter(nn.Module):
    """Changes brightness, contrast, saturation and hue, in this order, as torchvision's `ColorJitter` does each.

    Each image draws factors for brightness, contrast and saturation from [1 - s, 1 + s] and a turn of the hue from
    [-h, h] of the colour circle, where s is the strength and h the same unless it is given. Two things differ from
    torchvision: the order is fixed, and 8-bit images are rounded once at the end and not after each step.

    Args:
        strength: s, 0..0.5; the released code of Shu et al. 2021 uses 0.1 for all four.
        hue: h, 0..0.5; s where None.

    Raises:
        ValueError: `strength` or `hue` is not in 0..0.5.
    """

    def __init__(self, strength: float = 0.1, hue: float | None = None) -> None:
        super().__init__()
        self.strength = strength
        self.hue = strength if hue is None else hue
        for name, value in (("strength", self.strength), ("hue", self.hue)):
            if not 0 <= value <= 0.5:
                raise BadValueError(f"the jitter {name} is {value}, expected 0..0.5")

    def forward(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return images (B, 3, H, W) of the given type, with other colours.

        Args:
            images: uint8 in 0..255 or floating point in 0..1.
            generator: Source of the factors, on the images' device.

        Raises:
            BatchError: The images are not a batch.
        """
        check_images(images)
        draws = torch.rand(4, len(images), 1, 1, 1, generator=generator, device=images.device)
        unit = to_unit(images)
        # Under a trainer's precision of 16 or 64 bits, numbers are drawn in that, and images are not.
        brightness, contrast, saturation, turn = 2 * draws.to(unit.dtype) - 1
        s = self.strength
        colours = jitter(unit, 1 + s * brightness, 1 + s * contrast, 1 + s * saturation, self.hue * turn)
        return from_unit(colours, images.dtype)


def jitter(colours: Tensor, brightness: Tensor, contrast: Tensor, saturation: Tensor, turn: Tensor) -> Tensor:
    """Apply given factors; what `ColourJitter` does after drawing them.

    Args:
        colours: float (B, 3, H, W) in 0..1.
        brightness: (B, 1, 1, 1), 1 changes nothing; blends with black.
        contrast: (B, 1, 1, 1), 1 changes nothing; blends with the image's mean grey.
        saturation: (B, 1, 1, 1), 1 changes nothing; blends with each pixel's grey.
        turn: (B, 1, 1, 1), 0 changes nothing; added to the hue, where 1 is the whole circle.
    """
    colours = (colours * brightness).clamp_(0, 1)
    mean = grey(colours).mean(dim=(2, 3), keepdim=True)
    colours = torch.lerp(mean, colours, contrast).clamp_(0, 1)
    colours = torch.lerp(grey(colours), colours, saturation).clamp_(0, 1)
    return _turn_hue(colours, turn)


def grey(colours: Tensor) -> Tensor:
    """Return the grey of each pixel of images (B, 3, H, W), as (B, 1, H, W)."""
    red, green, blue = torch.chunk(colours, 3, dim=1)
    return _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue


def _turn_hue(colours: Tensor, turn: Tensor) -> Tensor:
    """Turn the hue in HSV space, leaving saturation and value."""
    red, green, blue = torch.chunk(colours, 3, dim=1)
    value = colours.amax(1, keepdim=True)
    chroma = value - colours.amin(1, keepdim=True)
    scale = chroma.clamp_min(torch.finfo(chroma.dtype).tiny).reciprocal_()
    # The hue in sixths of the circle, counted from red.
    sixths = torch.where(
        value == red,
        (green - blue) * scale,
        torch.where(value == green, 2 + (blue - red) * scale, 4 + (red - green) * scale),
    )
    sixths += 6 * turn
    # Each channel falls from the value by the chroma, as far as the hue is away from that channel's own.
    channels = []
    for start in (5, 3, 1):
        distance = (sixths + start).remainder_(6)
        fall = torch.minimum(distance, 4 - distance).clamp_(0, 1)
        channels.append(torch.addcmul(value, chroma, fall, value=-1))
    return torch.cat(channels, dim=1)
