"""Pages of HTML that need no other file: from the templates beside this file, with pictures as data in their text."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, select_autoescape
from PIL import Image

from ccreid.datasets.decoding import ImageError, opened_image
from ccreid.datasets.images import drafted_rgb
from ccreid.prefetch import prefetch

# Widest and tallest, in pixels: twice what the page shows on an ordinary screen would be four times the bytes.
_WIDTH, _HEIGHT = 96, 128

_QUALITY: Final = 72
_AHEAD: Final = 64


def from_template(name: str, **shown: object) -> str:
    """Return a page's text; what is shown is escaped.

    Args:
        name: Of the template, such as search.html.
        shown: What it shows, by the names that it has there.
    """
    environment = Environment(
        loader=PackageLoader("ccreid.app"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name).render(**shown)


def thumbnails(paths: Sequence[Path]) -> dict[Path, str]:
    """Return data URIs of images, upright; those that cannot be read have none.

    Args:
        paths: The images' files.
    """
    distinct = list(dict.fromkeys(paths))
    return {path: uri for path, uri in zip(distinct, prefetch(_thumbnail, distinct, _AHEAD), strict=True) if uri}


def data_uri(picture: Image.Image, kind: str, **options: Any) -> str:
    """Return a picture as the text that stands in place of its address.

    Args:
        picture: The picture.
        kind: jpeg or png.
        options: Of Pillow's writer.
    """
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _thumbnail(path: Path) -> str:
    try:
        with opened_image(path) as image:
            small = drafted_rgb(image, _HEIGHT, _WIDTH)
    except ImageError:
        return ""
    small.thumbnail((_WIDTH, _HEIGHT), Image.Resampling.BILINEAR)
    return data_uri(small, "jpeg", quality=_QUALITY)
