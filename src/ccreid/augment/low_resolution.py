"""People far from a camera: images shrunk to few pixels and enlarged again."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.augment.batch import check_images, from_unit, to_unit
from ccreid.errors import BadValueError

_KEPT = 0.3
"""Share of the images that stay as sharp as they are."""


class LowResolution(nn.Module):
    """Shrinks images to heights that are uniform in their logarithm, and enlarges them bilinearly.

    Nothing moves, so part maps stay as they are.

    Args:
        smallest: Least height in pixels; 0 leaves all images as they are.

    Raises:
        BadValueError: `smallest` is neither 0 nor at least 8.
    """

    def __init__(self, smallest: int) -> None:
        super().__init__()
        if smallest != 0 and smallest < 8:
            raise BadValueError(f"the smallest height is {smallest}, expected 0 for none, or at least 8 pixels")
        self.smallest = smallest

    def forward(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return images (B, 3, H, W) of the given type.

        Args:
            images: uint8 in 0..255 or floating point in 0..1; those no higher than the smallest height stay.
            generator: Source of the draws, on the images' device.

        Raises:
            BatchError: The images are not a batch.
        """
        check_images(images)
        height, width = images.shape[2:]
        if not 0 < self.smallest < height:
            return images
        chance, place = torch.rand(2, len(images), generator=generator, device=images.device).tolist()
        pictures = to_unit(images).clone()
        for row, (kept, share) in enumerate(zip(chance, place, strict=True)):
            if kept < _KEPT:
                continue
            scale = (self.smallest / height) ** share
            small = functional.interpolate(
                pictures[[row]],
                size=(round(height * scale), max(1, round(width * scale))),
                mode="bilinear",
                antialias=True,
            )
            pictures[row] = functional.interpolate(small, size=(height, width), mode="bilinear")[0]
        return from_unit(pictures, images.dtype)
