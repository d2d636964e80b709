"""Fig. 4 of Shu et al. 2021: what several models look at in the same images."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from ccreid.figures.drawing import Drawing
from ccreid.figures.heat_map import heat_legend, heat_picture
from ccreid.figures.tiles import picture, stacked, tile_grid


def cam_figure(images: Tensor, heat_maps: Mapping[str, Tensor], labels: Sequence[str] = ()) -> Drawing:
    """Return the images and below them a row for each kind of heat map, and what the colours mean.

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
