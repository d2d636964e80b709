"""Two photos, and on them which parts speak for one person and which against, in colours and as bars."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.explain.compared_parts import ComparedParts
from ccreid.figures.drawing import Drawing, Picture, Plot, Words
from ccreid.figures.tiles import stacked
from ccreid.parts import Part

# Blue and orange of Okabe and Ito, told apart by colour-blind readers.
FOR: Final = (0, 114, 178)
AGAINST: Final = (213, 94, 0)

_HEIGHT: Final = 288
_WIDEST: Final = 288
_GAP: Final = 8
_FONT: Final = 14

# How much of the photo the colours cover where a part adds the most.
_COVER: Final = 0.8

# Of a row of the bars, and the longest bar to either side, in pixels.
_ROW: Final = 22
_BAR: Final = 90
_NAMES: Final = 120


def comparison_figure(compared: ComparedParts) -> Drawing:
    """Return the photos, each beside what its parts add to the similarity, and below them the numbers as bars.

    Args:
        compared: Of `compare_parts`.
    """
    most = float(np.nanmax(np.abs(compared.added)))
    photos = [_sized(Image.fromarray(image)) for image in compared.images]
    overlays = [
        _sized(_overlay(image, parts, added, most))
        for image, parts, added in zip(compared.images, compared.parts, compared.added, strict=True)
    ]
    items: list[Picture | Words | Plot] = []
    x = _GAP
    for image in (photos[0], overlays[0], overlays[1], photos[1]):
        items.append(Picture(x, _GAP, image))
        x += image.width + _GAP
    row = Drawing(x, _HEIGHT + 2 * _GAP, tuple(items))
    return stacked([row, _bars(compared, most)])


def _bars(compared: ComparedParts, most: float) -> Drawing:
    """Return a row for each part with a bar for each photo, to the right where it speaks for one person."""
    middles = [_NAMES + (_BAR + 60) * (2 * photo + 1) for photo in range(2)]
    items: list[Picture | Words | Plot] = [
        Words(middle, _GAP, f"{which} photo", _FONT, "mt")
        for middle, which in zip(middles, ("first", "second"), strict=True)
    ]
    for part in Part:
        y = _GAP + _ROW * (part + 1) + _ROW // 2
        items.append(Words(_NAMES - 10, y, part.name.lower().replace("_", " "), _FONT, "rm"))
        for middle, added in zip(middles, compared.added[:, part], strict=True):
            items += _bar(float(added), most, middle, y)
    foot = _GAP + _ROW * (len(Part) + 1) + 4
    items += [
        Picture(_NAMES, foot + 4, Image.new("RGB", (12, 12), FOR)),
        Words(_NAMES + 18, foot + 10, "speaks for one person: without it, the similarity is less", _FONT, "lm"),
        Picture(_NAMES, foot + _ROW + 4, Image.new("RGB", (12, 12), AGAINST)),
        Words(_NAMES + 18, foot + _ROW + 10, "speaks against it", _FONT, "lm"),
    ]
    return Drawing(middles[1] + _BAR + 70, foot + 2 * _ROW + _GAP, tuple(items))


def _bar(added: float, most: float, middle: int, y: int) -> list[Picture | Words | Plot]:
    if np.isnan(added):
        return [Words(middle, y, "not seen", _FONT - 2, "mm")]
    length = max(1, round(_BAR * abs(added) / most)) if most else 1
    bar = Image.new("RGB", (length, _ROW - 8), FOR if added >= 0 else AGAINST)
    left = middle if added >= 0 else middle - length
    beside = (middle + length + 5, "lm") if added >= 0 else (middle - length - 5, "rm")
    return [Picture(left, y - bar.height // 2, bar), Words(beside[0], y, f"{added:+.3f}", _FONT - 2, beside[1])]


def _overlay(
    image: NDArray[np.uint8], parts: NDArray[np.uint8], added: NDArray[np.float64], most: float
) -> Image.Image:
    """Return the photo in grey, each part in the colour of what it does, the more of it the more it does."""
    strength = np.abs(np.nan_to_num(added)) / (most or 1.0)
    colours = np.where(added[:, None] >= 0, FOR, AGAINST).astype(np.float64)
    cover = (_COVER * strength)[parts][..., None]
    grey = image.mean(axis=2, keepdims=True)
    return Image.fromarray(((1 - cover) * grey + cover * colours[parts]).round().astype(np.uint8))


def _sized(image: Image.Image) -> Image.Image:
    width = min(max(round(image.width * _HEIGHT / image.height), 1), _WIDEST)
    return image.resize((width, _HEIGHT), Image.Resampling.BILINEAR)
