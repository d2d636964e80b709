"""Pages of HTML that need no other file: from the templates beside this one, with pictures as data in the text."""

import base64
import io
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from PIL import Image


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
