"""Grids of small pictures with labels and frames, which all figures are made of."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ccreid.errors import BadValueError
from ccreid.figures.drawing import Drawing, Picture, Plot, Words, text_width
from ccreid.parts import NUM_PARTS, PALETTE

FRAME: Final = 4
"""Width of a frame, in pixels."""

FONT_SIZE: Final = 13
"""Of labels, in pixels."""


def picture(image: torch.Tensor) -> Image.Image:
    """Return a uint8 image (3, H, W) as a Pillow image."""
    return Image.fromarray(image.permute(1, 2, 0).contiguous().cpu().numpy())


def part_picture(parts: torch.Tensor | NDArray[np.uint8]) -> Image.Image:
    """Return a part map (H, W) of values 0..5 in the parts' colours."""
    values = np.asarray(parts)
    if values.size and int(values.max()) >= NUM_PARTS:
        raise BadValueError(f"a part map holds {int(values.max())}, expected values 0..{NUM_PARTS - 1}")
    return Image.fromarray(np.asarray(PALETTE, dtype=np.uint8)[values])


def framed(image: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """Return the picture with a frame over its border, its size unchanged.

    Args:
        image: The picture, larger than the frame.
        colour: Of the frame, RGB.
    """
    return ImageOps.expand(ImageOps.crop(image, FRAME), FRAME, colour)


def tile_grid(
    rows: Sequence[Sequence[Image.Image | Drawing]],
    *,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    gap: int = 4,
) -> Drawing:
    """Return pictures or drawings in rows on white, each cell as large as the largest of them.

    Args:
        rows: Row by row; rows may differ in length.
        row_labels: Text left of each row.
        column_labels: Text above each column.
        gap: Pixels between cells.

    Raises:
        ValueError: There is no picture.
    """
    cells = [cell for row in rows for cell in row]
    if not cells:
        raise BadValueError("a grid needs at least one picture")
    cell_width = max(cell.width for cell in cells)
    cell_height = max(cell.height for cell in cells)
    columns = max(len(row) for row in rows)
    left = gap + (max((text_width(label, FONT_SIZE) for label in row_labels), default=0) + gap if row_labels else 0)
    top = gap + (FONT_SIZE + gap if column_labels else 0)
    items: list[Picture | Words | Plot] = []
    for column, label in enumerate(column_labels):
        items.append(Words(left + column * (cell_width + gap) + cell_width // 2, gap, label, FONT_SIZE, "mt"))
    for row_index, row in enumerate(rows):
        y = top + row_index * (cell_height + gap)
        if row_index < len(row_labels):
            items.append(Words(left - gap, y + cell_height // 2, row_labels[row_index], FONT_SIZE, "rm"))
        for column, cell in enumerate(row):
            items += _placed(cell, left + column * (cell_width + gap), y)
    return Drawing(left + columns * (cell_width + gap), top + len(rows) * (cell_height + gap), tuple(items))


def stacked(drawings: Sequence[Image.Image | Drawing], gap: int = 8) -> Drawing:
    """Return pictures or drawings one below the other on white, as wide as the widest.

    Args:
        drawings: From top to bottom.
        gap: Pixels between them.

    Raises:
        ValueError: There is no picture.
    """
    if not drawings:
        raise BadValueError("a stack needs at least one picture")
    items: list[Picture | Words | Plot] = []
    y = 0
    for drawing in drawings:
        items += _placed(drawing, 0, y)
        y += drawing.height + gap
    return Drawing(max(drawing.width for drawing in drawings), y - gap, tuple(items))


def _placed(cell: Image.Image | Drawing, x: int, y: int) -> list[Picture | Words | Plot]:
    return cell.moved(x, y) if isinstance(cell, Drawing) else [Picture(x, y, cell)]
