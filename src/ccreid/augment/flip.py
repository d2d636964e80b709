"""Random horizontal flip of images together with their part maps."""

import torch
from torch import Tensor, nn

from ccreid.augment.batch import check_batch
from ccreid.errors import BadValueError


class RandomFlip(nn.Module):
    """Mirrors each image and its part map with probability `p`.

    Args:
        p: Probability, 0..1.

    Raises:
        ValueError: `p` is not in 0..1.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise BadValueError(f"the flip probability is {p}, expected 0..1")
        self.p = p

    def forward(self, images: Tensor, parts: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return images (B, 3, H, W) and parts (B, H, W), some of them mirrored.

        Args:
            images: uint8 or floating point, normalised or not.
            parts: Integers.
            generator: Source of the choice, on the images' device.

        Raises:
            BatchError: Images and parts do not form a batch.
        """
        check_batch(images, parts)
        flipped = torch.rand(len(images), generator=generator, device=images.device) < self.p
        return (
            torch.where(flipped[:, None, None, None], images.flip(3), images),
            torch.where(flipped[:, None, None], parts.flip(2), parts),
        )
