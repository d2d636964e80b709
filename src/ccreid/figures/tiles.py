"""Grids of small pictures with labels and frames, which all figures are made of."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ccreid.errors import BadValueError
from ccreid.parts import NUM_PARTS, PALETTE

BACKGROUND = (255, 255, 255)
INK = (40, 40, 40)

# Pillow's options by suffix. A picture in a PDF is compressed as a JPEG is; at 150 dots an inch it fits a page.
_FORMATS: dict[str, dict[str, Any]] = {
    ".png": {},
    ".pdf": {"quality": 95, "resolution": 150},
    ".jpg": {"quality": 92},
    ".jpeg": {"quality": 92},
}


def picture(image: torch.Tensor) -> Image.Image:
    """Return a uint8 image (3, H, W) as a Pillow image."""
    return Image.fromarray(image.permute(1, 2, 0).contiguous().cpu().numpy())


def part_picture(parts: torch.Tensor | NDArray[np.uint8]) -> Image.Image:
    """Return a part map (H, W) of values 0..5 in the parts' colours."""
    values = np.asarray(parts)
    if values.size and int(values.max()) >= NUM_PARTS:
        raise BadValueError(f"a part map holds {int(values.max())}, expected values 0..{NUM_PARTS - 1}")
    return Image.fromarray(np.asarray(PALETTE, dtype=np.uint8)[values])


def framed(image: Image.Image, colour: tuple[int, int, int], width: int = 4) -> Image.Image:
    """Return the picture with a frame over its border, its size unchanged."""
    inner = ImageOps.crop(image, width)
    return ImageOps.expand(inner, width, colour)


def tile_grid(
    rows: Sequence[Sequence[Image.Image]],
    *,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    gap: int = 4,
    font_size: int = 13,
) -> Image.Image:
    """Return the pictures in rows on white, each cell as large as the largest picture.

    Args:
        rows: Pictures, row by row; rows may differ in length.
        row_labels: Text left of each row.
        column_labels: Text above each column.
        gap: Pixels between cells.
        font_size: Of the labels, in pixels.

    Raises:
        ValueError: There is no picture.
    """
    pictures = [image for row in rows for image in row]
    if not pictures:
        raise BadValueError("a grid needs at least one picture")
    cell_width = max(image.width for image in pictures)
    cell_height = max(image.height for image in pictures)
    columns = max(len(row) for row in rows)
    font = ImageFont.load_default(font_size)
    left = gap + (max((int(font.getlength(label)) for label in row_labels), default=0) + gap if row_labels else 0)
    top = gap + (font_size + gap if column_labels else 0)
    sheet = Image.new(
        "RGB", (left + columns * (cell_width + gap), top + len(rows) * (cell_height + gap)), color=BACKGROUND
    )
    draw = ImageDraw.Draw(sheet)
    for column, label in enumerate(column_labels):
        draw.text((left + column * (cell_width + gap) + cell_width // 2, gap), label, INK, font, anchor="mt")
    for row_index, row in enumerate(rows):
        y = top + row_index * (cell_height + gap)
        if row_index < len(row_labels):
            draw.text((left - gap, y + cell_height // 2), row_labels[row_index], INK, font, anchor="rm")
        for column, image in enumerate(row):
            sheet.paste(image, (left + column * (cell_width + gap), y))
    return sheet


def stacked(pictures: Sequence[Image.Image], gap: int = 8) -> Image.Image:
    """Return the pictures one below the other on white, as wide as the widest.

    Raises:
        ValueError: There is no picture.
    """
    if not pictures:
        raise BadValueError("a stack needs at least one picture")
    height = sum(image.height for image in pictures) + gap * (len(pictures) - 1)
    sheet = Image.new("RGB", (max(image.width for image in pictures), height), BACKGROUND)
    y = 0
    for image in pictures:
        sheet.paste(image, (0, y))
        y += image.height + gap
    return sheet


def check_picture_path(path: Path) -> None:
    """Refuse a file name that `save_picture` has no format for.

    Raises:
        ValueError: The suffix is not .png, .pdf, .jpg or .jpeg.
    """
    if path.suffix.lower() not in _FORMATS:
        raise BadValueError(f"{path} has no format that pictures are written in: end it in {', '.join(_FORMATS)}")


def save_picture(image: Image.Image, path: Path) -> None:
    """Write a picture in the format of its suffix, under a temporary name first.

    Raises:
        ValueError: See `check_picture_path`.
    """
    check_picture_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.tmp{path.suffix}")
    image.save(temporary, **_FORMATS[path.suffix.lower()])
    temporary.replace(path)
