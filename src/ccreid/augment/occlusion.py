"""Something before the person: a rectangle of one colour in each image, background in its part map."""

import torch
from torch import Tensor, nn

from ccreid.augment.batch import check_batch, from_unit
from ccreid.augment.erasing import random_boxes
from ccreid.errors import BadValueError
from ccreid.parts import Part


class RandomOcclusion(nn.Module):
    """Covers a rectangle of each image with probability `p`, in a random colour that turns to another one downwards.

    The rectangles are those of `RandomErasing`, whose one grey a network would learn to know by sight.

    Args:
        p: Probability, 0..1.

    Raises:
        ValueError: `p` is not in 0..1.
    """

    def __init__(self, p: float = 0.3) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise BadValueError(f"the occlusion probability is {p}, expected 0..1")
        self.p = p

    def forward(self, images: Tensor, parts: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return images (B, 3, H, W) and parts (B, H, W), some of them with a rectangle covered.

        Args:
            images: uint8 in 0..255 or floating point in 0..1, before normalisation.
            parts: Integers.
            generator: Source of the rectangles and colours, on the images' device.

        Raises:
            BatchError: Images and parts do not form a batch.
        """
        check_batch(images, parts)
        batch, _, height, width = images.shape
        box = random_boxes(batch, height, width, self.p, generator, images.device)
        top, bottom = torch.rand(2, batch, 3, 1, 1, generator=generator, device=images.device)
        down = torch.linspace(0, 1, height, device=images.device)[:, None]
        colours = from_unit(torch.lerp(top, bottom, down), images.dtype)
        return torch.where(box[:, None], colours, images), parts.masked_fill(box, Part.BACKGROUND)
