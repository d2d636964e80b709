"""Fig. 3 of Shu et al. 2021: random erasing beside pixel sampling, and what each does to the pixels' values."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ccreid.figures.tiles import BACKGROUND, INK, picture, stacked, tile_grid

_CHANNELS = ((200, 40, 40), (0, 140, 60), (40, 90, 200))


def erasing_figure(images: Tensor, erased: Tensor, repainted: Tensor, labels: Sequence[str] = ()) -> Image.Image:
    """Return the images, the same with a rectangle erased, and repainted, and each row's histogram of values below.

    Erasing fills with one colour, which stands out of the histogram as a peak that no image has; repainting moves
    values that are there (Sec. III-C). The histograms have one scale, beyond which a peak is written down.

    Args:
        images: uint8 (B, 3, H, W).
        erased: uint8 (B, 3, H, W), what random erasing made of them.
        repainted: uint8 (B, 3, H, W), what pixel sampling made of them.
        labels: Text above each column, such as the identity.
    """
    kinds = {"image": images, "random erasing": erased, "pixel sampling": repainted}
    grid = tile_grid(
        [[picture(image) for image in batch] for batch in kinds.values()],
        row_labels=tuple(kinds),
        column_labels=labels,
    )
    width = max(grid.width // len(kinds) - 8, 160)
    top = 1.5 * float(max(_shares(images).max(), _shares(repainted).max()))
    panels = [_histogram(name, batch, width, 130, top) for name, batch in kinds.items()]
    return stacked([grid, tile_grid([panels], gap=8)])


def _histogram(title: str, images: Tensor, width: int, height: int, top: float) -> Image.Image:
    """Draw the shares of the 256 values of each channel as lines, cut off at the share `top`."""
    font = ImageFont.load_default(12)
    panel = Image.new("RGB", (width, height + 34), BACKGROUND)
    draw = ImageDraw.Draw(panel)
    draw.text((width // 2, 2), f"pixel values, {title}", INK, font, anchor="mt")
    ceiling, floor = 18, 18 + height

    def place(value: int, share: float) -> tuple[float, float]:
        return 1 + value * (width - 3) / 255, floor - min(share / top, 1.0) * height

    channels = list(zip(_CHANNELS, _shares(images), strict=True))
    beside = max(place(int(shares.argmax()), top)[0] for _, shares in channels) + 4
    for line, (colour, shares) in enumerate(channels):
        draw.line([place(value, share) for value, share in enumerate(shares)], colour, 1)
        if shares.max() > top:
            draw.text((beside, ceiling + 3 + 14 * line), f"{100 * shares.max():.0f} %", colour, font)
    draw.rectangle((0, ceiling, width - 1, floor), outline=INK)
    draw.text((2, floor + 3), "0", INK, font, anchor="lt")
    draw.text((width - 2, floor + 3), "255", INK, font, anchor="rt")
    draw.text((4, ceiling + 3), f"{100 * top:.1f} %", INK, font, anchor="lt")
    return panel


def _shares(images: Tensor) -> NDArray[np.float32]:
    """Return the share of each value in each channel, (3, 256)."""
    counts = torch.stack([torch.bincount(images[:, channel].flatten().long(), minlength=256) for channel in range(3)])
    return np.asarray((counts / counts.sum(dim=1, keepdim=True)).cpu())
