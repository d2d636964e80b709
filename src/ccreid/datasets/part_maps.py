"""Part maps on disk: palette PNGs of the six parts, and the soft masks of the authors' released code."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ccreid.atomic_files import atomic_path
from ccreid.datasets.decoding import PILLOW_ERRORS
from ccreid.datasets.record import ImageRecord
from ccreid.errors import CcreidError
from ccreid.parts import NUM_PARTS, PALETTE

_PALETTE_BYTES: Final = bytes(channel for colour in PALETTE for channel in colour)


class PartMapError(CcreidError, ValueError):
    """A part map cannot be read or written, or does not fit; the message names the file and what was expected."""


def read_parts(path: Path) -> NDArray[np.uint8]:
    """Read a part map.

    Args:
        path: A palette or greyscale PNG whose values are parts, or a soft mask: .npy, floats (H, W, 6), the released
            code's probabilities of the parts, of which the most probable is taken.

    Returns:
        uint8 (H, W), values of `ccreid.parts.Part`, 0..5.

    Raises:
        PartMapError: The file is missing, damaged, of another kind or shape, or holds other values.
    """
    parts = _read_soft_mask(path) if path.suffix == ".npy" else _read_png(path)
    check_parts(path, parts)
    return parts


def write_parts(path: Path, parts: NDArray[np.uint8], text: Mapping[str, str] | None = None) -> None:
    """Write a part map (H, W) of values 0..5 as a palette PNG in the parts' colours; see `write_png`.

    Args:
        path: The file; folders above it are made.
        parts: The part map.
        text: What the PNG is to say of itself, see `write_png`.

    Raises:
        PartMapError: The map has another shape, or holds other values.
    """
    check_parts(path, parts)
    write_png(path, _picture(parts), text)


def encode_parts(path: Path, parts: NDArray[np.uint8]) -> bytes:
    """Return the bytes of the file that `write_parts` writes for a part map (H, W) of values 0..5.

    Args:
        path: The file that they are for, for the error.
        parts: The part map.

    Raises:
        PartMapError: The map has another shape, or holds other values.
    """
    check_parts(path, parts)
    content = io.BytesIO()
    _picture(parts).save(content, format="PNG")
    return content.getvalue()


def require_parts(records: Sequence[ImageRecord]) -> None:
    """Refuse images without a part map, for a model that reads them.

    Raises:
        PartMapError: An image has none.
    """
    without = [record.image for record in records if record.parts is None]
    if without:
        raise PartMapError(
            f"{without[0]} has no part map, as {len(without)} of {len(records)} images, and the model reads them: "
            "make them with `ccreid parse`, for the test images too"
        )


def _picture(parts: NDArray[np.uint8]) -> Image.Image:
    image = Image.fromarray(np.ascontiguousarray(parts, dtype=np.uint8))
    image.putpalette(_PALETTE_BYTES)
    return image


def _read_png(path: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            if image.mode not in {"P", "L"}:
                raise PartMapError(
                    f"{path} is a picture of mode {image.mode}, expected a palette or greyscale PNG whose values are "
                    f"parts 0..{NUM_PARTS - 1}"
                )
            return np.array(image, dtype=np.uint8)
    except PartMapError:
        raise
    except PILLOW_ERRORS as error:
        raise PartMapError(f"{path} cannot be read as a part map ({error}): make it again") from error


def _read_soft_mask(path: Path) -> NDArray[np.uint8]:
    try:
        # Mapped, so that a header that claims more than the file holds takes no memory.
        mask = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy reads the header as Python, and raises what that reader does
        raise PartMapError(f"{path} cannot be read as a soft mask ({error}): make it again") from error
    if not isinstance(mask, np.ndarray) or mask.dtype.kind not in "fiub":
        kind = f"values of {mask.dtype}" if isinstance(mask, np.ndarray) else "an archive of arrays"
        raise PartMapError(f"{path} holds {kind}, expected one array of numbers: make it again")
    if mask.ndim != 3 or mask.shape[2] != NUM_PARTS:
        raise PartMapError(f"{path} has the shape {mask.shape}, expected (height, width, {NUM_PARTS})")
    if not np.isfinite(mask).all():
        raise PartMapError(f"{path} holds values that are no numbers, expected probabilities: make it again")
    return np.asarray(mask.argmax(axis=2), dtype=np.uint8)


def check_parts(path: Path, parts: NDArray[np.uint8]) -> None:
    """Refuse what is no part map.

    Args:
        path: Its file, for the error.
        parts: (H, W).

    Raises:
        PartMapError: It has another shape, or a value is no part, 0..5.
    """
    if parts.ndim != 2 or not parts.size:
        raise PartMapError(f"{path}: a part map has shape {parts.shape}, expected (height, width): make it again")
    if not 0 <= int(parts.min()) <= int(parts.max()) < NUM_PARTS:
        wrong = int(parts.max()) if int(parts.max()) >= NUM_PARTS else int(parts.min())
        raise PartMapError(f"{path}: a part map holds {wrong}, expected parts 0..{NUM_PARTS - 1}: make it again")


_LAST_BYTES: Final = b"\0\0\0\0IEND\xaeB`\x82"


class PngError(CcreidError, ValueError):
    """A file is no whole PNG; the message names it."""


def write_png(path: Path, image: Image.Image, text: Mapping[str, str] | None = None) -> None:
    """Write a picture, so that others see all of it or nothing; see `atomic_path`.

    Args:
        path: The file; folders above it are made.
        image: The picture.
        text: Keys and values of the PNG's text chunks; a file without text has the bytes that it would have had.
    """
    info = PngInfo()
    for key, value in (text or {}).items():
        info.add_text(key, value)
    with atomic_path(path) as temporary:
        image.save(temporary, format="PNG", pnginfo=info)


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
    except PILLOW_ERRORS as error:
        raise PngError(f"{path} is no whole PNG ({error})") from error
    if not data.endswith(_LAST_BYTES):  # Pillow does not look at the last chunk
        raise PngError(f"{path} is no whole PNG (its end is missing)")
    return text
