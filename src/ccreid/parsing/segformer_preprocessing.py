"""From an image to what a checkpoint's network expects, by the checkpoint's own preprocessor_config.json."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ccreid.errors import CcreidError

FILE: Final = "preprocessor_config.json"

_UNSUPPORTED: Final = ("do_center_crop", "do_pad", "do_flip_channel_order")


class PreprocessingError(CcreidError, ValueError):
    """A preprocessor_config.json cannot be read or asks for what is not done here; the message names it and the entry.

    The message also says what is expected.
    """


@dataclass(frozen=True)
class Preprocessing:
    """Resizing to one size by Pillow, as transformers does, scaling and normalising; the defaults are SegFormer's.

    Attributes:
        height: Of the network's input, in pixels.
        width: Likewise.
        resample: Which filter of Pillow's resizes.
        factor: What pixel values 0..255 are multiplied by.
        mean: Of red, green and blue after that.
        std: Likewise.
    """

    height: int = 512
    width: int = 512
    resample: Image.Resampling = Image.Resampling.BILINEAR
    factor: float = 1 / 255
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)

    def __call__(self, image: NDArray[np.uint8]) -> Tensor:
        """Return the network's input (3, height, width) of an RGB image (H, W, 3)."""
        resized = Image.fromarray(image).resize((self.width, self.height), self.resample)
        scaled = torch.from_numpy(np.array(resized)).permute(2, 0, 1).float() * self.factor
        return (scaled - scaled.new_tensor(self.mean)[:, None, None]) / scaled.new_tensor(self.std)[:, None, None]


def preprocessing_of(folder: Path) -> Preprocessing:
    """Read how the checkpoint in a folder wants its images; SegFormer's defaults fill what is not said.

    Raises:
        PreprocessingError: The file cannot be read, or asks for something else than resizing to one height and width,
            scaling and normalising.
    """
    path = folder / FILE
    if not path.is_file():
        return Preprocessing()
    said = _read(path)
    default = Preprocessing()
    for wish in _UNSUPPORTED:
        if said.get(wish):
            raise _unsupported(path, wish, said[wish], "false")
    if not said.get("do_resize", True):
        raise _unsupported(path, "do_resize", False, "true")
    height, width = _size(path, said.get("size", 512))
    resample = said.get("resample", default.resample)
    if resample not in list(Image.Resampling):
        raise _unsupported(path, "resample", resample, "the number of a filter of Pillow's, such as 2 (bilinear)")
    normalises = said.get("do_normalize", True)
    return Preprocessing(
        height=height,
        width=width,
        resample=Image.Resampling(resample),
        factor=_number(path, said, "rescale_factor", default.factor) if said.get("do_rescale", True) else 1.0,
        mean=_three(path, said, "image_mean", default.mean) if normalises else (0.0, 0.0, 0.0),
        std=_three(path, said, "image_std", default.std) if normalises else (1.0, 1.0, 1.0),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise PreprocessingError(f"{path} is no JSON ({error}): fetch the checkpoint again") from error
    if not isinstance(said, dict):
        raise PreprocessingError(f"{path} holds no JSON object: fetch the checkpoint again")
    return {entry: value for entry, value in said.items() if value is not None}


def _size(path: Path, size: Any) -> tuple[int, int]:
    match size:
        case int(side) if side > 0:  # older files: a square
            return side, side
        case {"height": int(height), "width": int(width)} if height > 0 and width > 0:
            return height, width
    raise _unsupported(path, "size", size, "a height and a width")


def _number(path: Path, said: dict[str, Any], entry: str, default: float) -> float:
    value = said.get(entry, default)
    if not isinstance(value, int | float):
        raise _unsupported(path, entry, value, "a number")
    return float(value)


def _three(path: Path, said: dict[str, Any], entry: str, default: tuple[float, ...]) -> tuple[float, ...]:
    values = said.get(entry, default)
    if (
        not isinstance(values, list | tuple)
        or len(values) != 3
        or not all(isinstance(value, int | float) for value in values)
    ):
        raise _unsupported(path, entry, values, "three numbers")
    return tuple(map(float, values))


def _unsupported(path: Path, entry: str, value: object, expected: str) -> PreprocessingError:
    return PreprocessingError(f"{path} has {entry} {json.dumps(value)}, expected {expected}: choose another checkpoint")
