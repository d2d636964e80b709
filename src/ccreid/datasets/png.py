"""PNG files that are whole or absent, with text in them that says what they were made from."""

import io
import secrets
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

_TEMPORARY_FILES: Final = ".ccreid-*.tmp"
_LAST_BYTES: Final = b"\0\0\0\0IEND\xaeB`\x82"


class PngError(ValueError):
    """A file is no whole PNG; the message names it."""


def write_png(path: Path, image: Image.Image, text: Mapping[str, str] | None = None) -> None:
    """Write a picture under a temporary name of its own and rename it, so that others see all of it or nothing.

    Two processes may write the same file at once: each has a temporary file to itself, and the last to rename wins.

    Args:
        path: The file; folders above it are made.
        image: The picture.
        text: Keys and values of the PNG's text chunks; a file without text has the bytes that it would have had.
    """
    info = PngInfo()
    for key, value in (text or {}).items():
        info.add_text(key, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(_TEMPORARY_FILES.replace("*", secrets.token_hex(6)))
    try:
        image.save(temporary, format="PNG", pnginfo=info)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_png_text(path: Path) -> dict[str, str]:
    """Return the text of a PNG after checking all of the file's checksums.

    Raises:
        PngError: The file is no PNG, cut off or damaged.
        FileNotFoundError: There is no such file.
    """
    data = path.read_bytes()
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            text = {str(key): value for key, value in image.info.items() if isinstance(value, str)}
            image.verify()
    except (OSError, SyntaxError, ValueError, struct.error) as error:  # what Pillow's decoders raise on broken files
        raise PngError(f"{path} is no whole PNG ({error})") from error
    if not data.endswith(_LAST_BYTES):  # Pillow does not look at the last chunk
        raise PngError(f"{path} is no whole PNG (its end is missing)")
    return text


def remove_temporary_files(folder: Path) -> None:
    """Remove what `write_png` left anywhere under a folder when its process was killed."""
    for path in folder.rglob(_TEMPORARY_FILES):
        path.unlink(missing_ok=True)
