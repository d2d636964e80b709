"""A sketch on disk: a grey JPEG or PNG that says which image and which edge detector it was made from."""

import io
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ccreid.atomic_files import write_atomically
from ccreid.datasets.decoding import PILLOW_ERRORS

SUFFIXES: Final = (".jpg", ".jpeg", ".png")
"""Endings of the images that sketches are made of, and of the sketches."""

MARK: Final = "ccreid-sketch"
"""What every sketch of ours has in it."""
# Thin lines on white are what JPEG keeps worst.
_QUALITY: Final = 95


def write_sketch(path: Path, sketch: NDArray[np.uint8], source: str) -> None:
    """Write a sketch (H, W) in the format that the path's ending says; the file is whole or absent.

    Args:
        path: The file; folders above it are made.
        sketch: Grey pixels.
        source: What the file is to say that it was made from; `made_from` compares it.
    """
    buffer = io.BytesIO()
    image = Image.fromarray(sketch)
    if path.suffix.lower() == ".png":
        text = PngInfo()
        text.add_text(MARK, source)
        image.save(buffer, format="PNG", pnginfo=text)
    else:
        image.save(buffer, format="JPEG", quality=_QUALITY, comment=f"{MARK} {source}".encode())
    write_atomically(path, buffer.getvalue())


def made_from(path: Path) -> str | None:
    """Return what a whole sketch of ours was made from; None where the file is missing, damaged or none of ours."""
    try:
        with Image.open(path) as image:
            image.load()
            comment, text = image.info.get("comment", b""), image.info.get(MARK)
    except PILLOW_ERRORS:
        return None
    if isinstance(text, str):
        return text
    mark, _, source = comment.decode(errors="replace").partition(" ") if isinstance(comment, bytes) else ("", "", "")
    return source if mark == MARK else None
