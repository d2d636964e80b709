"""Padding and random crop back to the size, of images together with their part maps."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.augment.batch import check_batch
from ccreid.errors import BadValueError
from ccreid.parts import Part


class RandomCrop(nn.Module):
    """Moves each image and its part map by up to `padding` pixels; what comes in is black and background.

    This is the field's "pad 10, then crop at random". The released code of Shu et al. 2021 crops the image and leaves
    the part map where it was; here both move together, and `Augmentation` can leave the map behind as that code does.

    Args:
        padding: Largest move in pixels, in each direction.

    Raises:
        ValueError: `padding` is negative.
    """

    def __init__(self, padding: int = 10) -> None:
        super().__init__()
        if padding < 0:
            raise BadValueError(f"the crop padding is {padding}, expected 0 or more pixels")
        self.padding = padding

    def forward(self, images: Tensor, parts: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return images (B, 3, H, W) and parts (B, H, W), moved.

        Args:
            images: uint8 in 0..255 or floating point in 0..1, before normalisation.
            parts: Integers.
            generator: Source of the moves, on the images' device.

        Raises:
            BatchError: Images and parts do not form a batch.
        """
        check_batch(images, parts)
        steps = 2 * self.padding + 1
        down, right = torch.randint(steps, (2, len(images)), generator=generator, device=images.device)
        return _windows(images, self.padding, 0, down, right), _windows(
            parts.unsqueeze(1), self.padding, Part.BACKGROUND, down, right
        ).squeeze(1)


def _windows(maps: Tensor, padding: int, fill: int, down: Tensor, right: Tensor) -> Tensor:
    """Cut a window of the maps' own size out of each padded map (B, C, H, W)."""
    height, width = maps.shape[2:]
    padded = functional.pad(maps, [padding] * 4, value=fill)
    # A view of all windows, (B, C, 2 p + 1, 2 p + 1, H, W), of which only the chosen ones are copied.
    every = padded.unfold(2, height, 1).unfold(3, width, 1)
    return every[torch.arange(len(maps), device=maps.device), :, down, right]
