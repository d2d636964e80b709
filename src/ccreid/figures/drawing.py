"""A figure as pictures, words and plots at their places, which is written as pixels, or as a PDF or SVG of vectors."""

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ccreid.atomic_files import write_atomically
from ccreid.errors import BadValueError, MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BACKGROUND: Final = (255, 255, 255)
INK: Final = (40, 40, 40)

# Pixels an inch in a PDF, with which a figure fits a page, and in plots.
_RESOLUTION: Final = 150

# Pillow's name and options by suffix; a PDF and an SVG are matplotlib's.
_FORMATS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    ".png": ("PNG", {}),
    ".pdf": ("PDF", {}),
    ".svg": ("SVG", {}),
    ".jpg": ("JPEG", {"quality": 92}),
    ".jpeg": ("JPEG", {"quality": 92}),
}

# What matplotlib's formats call the date in a file.
_DATES: Final = {"PDF": "CreationDate", "SVG": "Date"}

# Anchors as Pillow has them, in matplotlib's words.
_HORIZONTAL: Final = {"l": "left", "m": "center", "r": "right"}
_VERTICAL: Final = {"t": "top", "m": "center"}

# Of plots, in pixels.
_TICKS: Final = {"size": 3, "width": 1, "pad": 3}

# matplotlib's font is wider than Pillow's, which the places of the words are reckoned with.
_PDF_FONT: Final = 0.84


@dataclass(frozen=True, eq=False)
class Picture:
    """An image with its left upper corner at (x, y) pixels."""

    x: int
    y: int
    image: Image.Image


@dataclass(frozen=True)
class Words:
    """A line of text at (x, y) pixels.

    Attributes:
        x: From the left.
        y: From the top.
        text: The line.
        size: Of the font, in pixels.
        anchor: Which point of the text is at (x, y): l, m or r (left, middle, right), then t or m (top, middle).
    """

    x: int
    y: int
    text: str
    size: int
    anchor: str


@dataclass(frozen=True)
class Plot:
    """A plot with axes, its frame `width` by `height` pixels with the left upper corner at (x, y).

    Titles, ticks and their labels stand outside the frame, for which `draw`'s caller leaves room.

    Attributes:
        x: From the left.
        y: From the top.
        width: Of the frame.
        height: Of the frame.
        draw: Called with matplotlib's axes.
    """

    x: int
    y: int
    width: int
    height: int
    draw: "Callable[[Axes], None]"


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure on white.

    Attributes:
        width: In pixels.
        height: In pixels.
        items: What is on it, the last above the others.
    """

    width: int
    height: int
    items: tuple[Picture | Words | Plot, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    def moved(self, x: int, y: int) -> list[Picture | Words | Plot]:
        """Return the items as they stand in a larger drawing.

        Args:
            x: Pixels that they move to the right.
            y: Pixels that they move down.
        """
        return [replace(item, x=item.x + x, y=item.y + y) for item in self.items]

    def image(self) -> Image.Image:
        """Return the drawing as pixels, RGB.

        Raises:
            MissingExtraError: It has a plot, and matplotlib is not installed.
        """
        sheet = Image.new("RGB", self.size, BACKGROUND)
        plots = [item for item in self.items if isinstance(item, Plot)]
        if plots:
            with _figure(Drawing(self.width, self.height, tuple(plots))) as figure:
                buffer = io.BytesIO()
                figure.savefig(buffer, format="png", dpi=_RESOLUTION)
                sheet.paste(Image.open(buffer).convert("RGB"))
        draw = ImageDraw.Draw(sheet)
        for item in self.items:
            if isinstance(item, Picture):
                sheet.paste(item.image, (item.x, item.y))
            elif isinstance(item, Words):
                font = ImageFont.load_default(item.size)
                draw.text((item.x, item.y), item.text, INK, font, anchor=item.anchor)
        return sheet


def text_width(text: str, size: int) -> int:
    """Return how many pixels a line takes.

    >>> text_width("", 13)
    0

    Args:
        text: The line.
        size: Of the font, in pixels.
    """
    return int(ImageFont.load_default(size).getlength(text))


def check_picture_path(path: Path) -> None:
    """Refuse a file name that `save_picture` has no format for.

    Raises:
        ValueError: The suffix is not .png, .pdf, .svg, .jpg or .jpeg.
    """
    if path.suffix.lower() not in _FORMATS:
        raise BadValueError(f"{path} has no format that pictures are written in: end it in {', '.join(_FORMATS)}")


def check_plots() -> None:
    """Refuse to go on without what draws plots, before anything else takes its time.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            "plots and PDFs are drawn by matplotlib, which is not installed: pip install 'ccreid[figures]'"
        ) from error


def save_picture(drawing: Drawing, path: Path) -> None:
    """Write a drawing in the format of the file's suffix; in PDF and SVG, words and plots are vectors.

    Pictures in them are lossless.

    Args:
        drawing: What is written.
        path: The file, .png, .pdf, .svg, .jpg or .jpeg; folders above it are made.

    Raises:
        ValueError: See `check_picture_path`.
        MissingExtraError: The file is a PDF or SVG or the drawing has a plot, and matplotlib is not installed.
    """
    check_picture_path(path)
    name, options = _FORMATS[path.suffix.lower()]
    buffer = io.BytesIO()
    if name in _DATES:
        with _figure(drawing) as figure:
            # Without the date, the same drawing is the same file.
            figure.savefig(buffer, format=name.lower(), metadata={_DATES[name]: None})
    else:
        drawing.image().save(buffer, name, **options)
    write_atomically(path, buffer.getvalue())


@contextlib.contextmanager
def _figure(drawing: Drawing) -> "Iterator[Figure]":
    """Give the drawing as matplotlib's, in whose settings it is also to be written."""
    check_plots()
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    width, height = drawing.size
    ink = [value / 255 for value in INK]
    style: dict[Any, Any] = {
        "pdf.fonttype": 42,  # text that stays text
        "svg.fonttype": "none",
        "svg.hashsalt": "ccreid",  # which names the same shapes alike in every file
        "image.composite_image": False,  # every picture in its own pixels
        "font.size": _points(11),
        "axes.linewidth": _points(1),
        "lines.linewidth": _points(1.2),
        "text.color": ink,
        "axes.edgecolor": ink,
        "axes.labelcolor": ink,
        "xtick.color": ink,
        "ytick.color": ink,
        **{f"{axis}tick.major.{what}": _points(size) for axis in "xy" for what, size in _TICKS.items()},
    }
    with rc_context(style):
        figure = Figure((width / _RESOLUTION, height / _RESOLUTION), dpi=_RESOLUTION)
        page = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        page.axis("off")
        for item in drawing.items:
            if isinstance(item, Picture):
                x, y, image = item.x, item.y, item.image
                extent = (x, x + image.width, y + image.height, y)
                page.imshow(np.asarray(image), extent=extent, interpolation="none", aspect="auto")
            elif isinstance(item, Words):
                across, down = _HORIZONTAL[item.anchor[0]], _VERTICAL[item.anchor[1]]
                size = _PDF_FONT * _points(item.size)
                page.text(item.x, item.y, item.text, size=size, ha=across, va=down)
            else:
                frame = (item.x / width, 1 - (item.y + item.height) / height)
                item.draw(figure.add_axes((*frame, item.width / width, item.height / height)))
        page.set(xlim=(0, width), ylim=(height, 0))
        yield figure


def _points(pixels: float) -> float:
    return pixels * 72 / _RESOLUTION
