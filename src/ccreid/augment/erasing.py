"""Random erasing of a rectangle in each image (Zhong et al., AAAI 2020)."""

import torch
from torch import Tensor, nn

from ccreid.augment.batch import check_batch
from ccreid.augment.normalise import IMAGENET_MEAN
from ccreid.errors import BadValueError
from ccreid.parts import Part

AREA = (0.02, 0.4)
"""Range of the rectangle's share of the image."""

ASPECT = (0.3, 1 / 0.3)
"""Range of the rectangle's height over its width."""

# Rectangles that are drawn for an image until one fits; with these ranges the chance that none does is negligible.
_ATTEMPTS = 100


class RandomErasing(nn.Module):
    """Covers a rectangle of each image with probability `p`.

    Share of the area and aspect ratio are uniform in `AREA` and `ASPECT`, drawn anew until the rectangle is smaller
    than the image. The rectangle is filled with ImageNet's mean colour, as in the BoT baseline (Luo et al., CVPR
    workshops 2019), which normalisation turns to about zero; in the part map it becomes background.

    Args:
        p: Probability, 0..1.

    Raises:
        ValueError: `p` is not in 0..1.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise BadValueError(f"the erasing probability is {p}, expected 0..1")
        self.p = p

    def forward(self, images: Tensor, parts: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return images (B, 3, H, W) and parts (B, H, W), some of them with a rectangle erased.

        Args:
            images: uint8 in 0..255 or floating point in 0..1, before normalisation.
            parts: Integers.
            generator: Source of the rectangles, on the images' device.

        Raises:
            BatchError: Images and parts do not form a batch.
        """
        check_batch(images, parts)
        batch, _, height, width = images.shape
        box = random_boxes(batch, height, width, self.p, generator, images.device)
        mean = torch.stack([torch.full((), value, device=images.device) for value in IMAGENET_MEAN])
        if images.dtype == torch.uint8:
            mean = (mean * 255).round()
        return (
            torch.where(box[:, None], mean.to(images.dtype)[:, None, None], images),
            parts.masked_fill(box, Part.BACKGROUND),
        )


def random_boxes(
    batch: int, height: int, width: int, p: float, generator: torch.Generator | None, device: torch.device
) -> Tensor:
    """Return bool (B, H, W), true inside each image's rectangle; an image without one is false throughout.

    Args:
        batch: B, the number of images.
        height: H in pixels.
        width: W in pixels.
        p: Probability that an image has a rectangle, 0..1.
        generator: Source of the rectangles, on the device.
        device: Where the rectangles are drawn.
    """
    draws = torch.rand(4, batch, _ATTEMPTS, generator=generator, device=device)
    area = draws[0].mul(AREA[1] - AREA[0]).add(AREA[0]).mul(height * width)
    aspect = draws[1].mul(ASPECT[1] - ASPECT[0]).add(ASPECT[0])
    heights, widths = (area * aspect).sqrt().round(), (area / aspect).sqrt().round()
    fits = (heights < height) & (widths < width)
    first = fits.int().argmax(dim=1, keepdim=True)
    tops = (draws[2] * (height - heights + 1)).floor()
    lefts = (draws[3] * (width - widths + 1)).floor()
    chosen = torch.rand(batch, 1, generator=generator, device=device) < p
    chosen &= fits.any(dim=1, keepdim=True)
    top, left, tall, wide = (values.gather(1, first) for values in (tops, lefts, heights, widths))
    rows, columns = torch.arange(height, device=device), torch.arange(width, device=device)
    in_rows = (rows >= top) & (rows < top + tall) & chosen
    in_columns = (columns >= left) & (columns < left + wide)
    return in_rows[:, :, None] & in_columns[:, None, :]
