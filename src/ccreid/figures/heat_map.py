"""Heat maps over images, and the bar that says what their colours mean: Fig. 4 of Shu et al. 2021."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ccreid.figures.drawing import Drawing, Picture, Words, text_width
from ccreid.figures.tiles import FONT_SIZE, picture, stacked, tile_grid

# From dark to bright with evenly rising lightness, so that it reads in grey and by colour-blind readers too.
_COLOURS: Final = (
    (10, 8, 40),
    (70, 16, 105),
    (140, 41, 110),
    (205, 66, 75),
    (243, 120, 25),
    (252, 188, 40),
    (252, 253, 180),
)
# How much of the picture the colours cover where there is no heat, and where it is greatest.
_COVER: Final = (0.25, 0.85)

BAR: Final = (160, 12)
"""Width and height of the bar of all colours, in pixels."""


def cam_figure(images: Tensor, heat_maps: Mapping[str, Tensor], labels: Sequence[str] = ()) -> Drawing:
    """Return Fig. 4: the images, below them a row for each kind of heat map, and what the colours mean.

    Args:
        images: uint8 (B, 3, H, W).
        heat_maps: By the text left of the row, such as a model's name: float (B, H, W), not negative.
        labels: Text above each column, such as the view.
    """
    rows = [[picture(image) for image in images]]
    rows += [
        [heat_picture(image, heat) for image, heat in zip(images, maps, strict=True)] for maps in heat_maps.values()
    ]
    grid = tile_grid(rows, row_labels=("image", *heat_maps), column_labels=labels)
    return stacked([grid, heat_legend("adds nothing", "adds the most in its picture")])


def heat_picture(image: Tensor, heat: Tensor) -> Image.Image:
    """Return a picture of an image under its heat map, in colours from nothing to the map's own greatest value.

    Args:
        image: uint8 (3, H, W); shown in grey, so that all colour is heat.
        heat: float (H, W), not negative. Where it is zero throughout, so are the colours.
    """
    grey = image.float().mean(dim=0).cpu().numpy()[..., None]
    strength = np.asarray((heat / heat.max().clamp_min(torch.finfo(heat.dtype).tiny)).cpu(), dtype=np.float64)
    cover = (_COVER[0] + (_COVER[1] - _COVER[0]) * strength)[..., None]
    mixed = (1 - cover) * grey + cover * _colours(strength)
    return Image.fromarray(mixed.round().clip(0, 255).astype(np.uint8))


def heat_legend(low: str, high: str) -> Drawing:
    """Return a bar of all colours between the words for no heat and for the greatest.

    Args:
        low: Left of the bar.
        high: Right of it.
    """
    width, height = BAR
    left, right = text_width(low, FONT_SIZE) + 12, text_width(high, FONT_SIZE) + 12
    bar = np.broadcast_to(_colours(np.linspace(0, 1, width))[None], (height, width, 3))
    sheet = max(height, FONT_SIZE) + 8
    middle = sheet // 2
    return Drawing(
        left + width + right,
        sheet,
        (
            Picture(left, middle - height // 2, Image.fromarray(bar.round().astype(np.uint8))),
            Words(left - 6, middle, low, FONT_SIZE, "rm"),
            Words(left + width + 6, middle, high, FONT_SIZE, "lm"),
        ),
    )


def _colours(strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the colours (..., 3) of strengths in 0..1."""
    places = np.linspace(0, 1, len(_COLOURS))
    channels = np.asarray(_COLOURS, dtype=np.float64).T
    return np.stack([np.interp(strength, places, channel) for channel in channels], axis=-1)
