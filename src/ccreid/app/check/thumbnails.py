"""Small pictures that are part of a page themselves, as data in its text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from ccreid.app.html_pages import data_uri
from ccreid.datasets.decoding import ImageError, opened_image
from ccreid.datasets.images import drafted_rgb
from ccreid.prefetch import prefetch

# Widest and tallest, in pixels: twice what the page shows on an ordinary screen would be four times the bytes.
_WIDTH, _HEIGHT = 96, 128

_QUALITY: Final = 72
_AHEAD: Final = 64


def thumbnails(paths: Sequence[Path]) -> dict[Path, str]:
    """Return data URIs of images, upright; those that cannot be read have none.

    Args:
        paths: The images' files.
    """
    distinct = list(dict.fromkeys(paths))
    return {path: uri for path, uri in zip(distinct, prefetch(_uri, distinct, _AHEAD), strict=True) if uri}


def _uri(path: Path) -> str:
    try:
        with opened_image(path) as image:
            small = drafted_rgb(image, _HEIGHT, _WIDTH)
    except ImageError:
        return ""
    small.thumbnail((_WIDTH, _HEIGHT), Image.Resampling.BILINEAR)
    return data_uri(small, "jpeg", quality=_QUALITY)
