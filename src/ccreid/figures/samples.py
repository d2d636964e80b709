"""Fig. 1 of Shu et al. 2021: each image, its parts, and the image with its clothes repainted."""

from collections.abc import Sequence

import torch

from ccreid.figures.drawing import Drawing
from ccreid.figures.tiles import part_picture, picture, tile_grid


def samples_figure(
    images: torch.Tensor, parts: torch.Tensor, repainted: torch.Tensor, labels: Sequence[str] = ()
) -> Drawing:
    """Return the three rows of Fig. 1, one column an image.

    Args:
        images: uint8 (B, 3, H, W).
        parts: Integer (B, H, W), values 0..5.
        repainted: uint8 (B, 3, H, W), what pixel sampling made of the images.
        labels: Text above each column, such as the identity.
    """
    return tile_grid(
        [
            [picture(image) for image in images],
            [part_picture(part_map.cpu()) for part_map in parts],
            [picture(image) for image in repainted],
        ],
        row_labels=("image", "parts", "repainted"),
        column_labels=labels,
    )
