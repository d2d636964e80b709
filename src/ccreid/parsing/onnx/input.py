"""The one input of a network in ONNX: what its file says of it, and what an image becomes for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.errors import BadValueError
from ccreid.parsing.onnx.settings import InputSettings
from ccreid.weight_files import WeightsError

_TYPES: Final = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}


@dataclass(frozen=True)
class Canvas:
    """Where the image lies in the network's input, in pixels of the input.

    Attributes:
        height: Of the input.
        width: Of the input.
        box: Left, top, right and bottom of the image in it.
    """

    height: int
    width: int
    box: tuple[int, int, int, int]

    @property
    def has_border(self) -> bool:
        """Whether the image does not fill the input."""
        return self.box != (0, 0, self.width, self.height)


@dataclass(frozen=True)
class NetworkInput:
    """An input of images, and how they are made.

    Attributes:
        name: In the file.
        type: Of its values.
        layout: NCHW or NHWC.
        height: In pixels.
        width: In pixels.
        settings: What the merge file says.
    """

    name: str
    type: Any
    layout: str
    height: int
    width: int
    settings: InputSettings

    def prepared(self, image: NDArray[np.uint8]) -> tuple[NDArray[Any], Canvas]:
        """Return the input's values (1, 3, H, W) or (1, H, W, 3), and where the image lies in them.

        Args:
            image: RGB, uint8 (H, W, 3).
        """
        canvas = self._canvas(*image.shape[:2])
        left, top, right, bottom = canvas.box
        # A filter as wide as the image shrinks, as all other parsers' images are resized.
        resized = np.asarray(Image.fromarray(image).resize((right - left, bottom - top), Image.Resampling.BILINEAR))
        pixels = np.zeros((self.height, self.width, 3), np.float32)
        pixels[top:bottom, left:right] = resized
        if self.settings.channels == "BGR":
            pixels = pixels[..., ::-1]
        low, high = self.settings.range
        mean, std = (np.array(value, np.float32) for value in (self.settings.mean, self.settings.std))
        values = (pixels / np.float32(255 / (high - low)) + np.float32(low) - mean) / std
        if self.type is np.uint8:
            values = np.rint(values).clip(0, 255)
        if self.layout == "NCHW":
            values = values.transpose(2, 0, 1)
        return np.ascontiguousarray(values[None], self.type), canvas

    def _canvas(self, height: int, width: int) -> Canvas:
        if self.settings.resize == "stretch":
            return Canvas(self.height, self.width, (0, 0, self.width, self.height))
        scale = min(self.height / height, self.width / width)
        high, wide = max(1, round(height * scale)), max(1, round(width * scale))
        left, top = (self.width - wide) // 2, (self.height - high) // 2
        return Canvas(self.height, self.width, (left, top, left + wide, top + high))


def read_input(session: Any, path: Path, merge: Path, settings: InputSettings) -> NetworkInput:
    """Return a network's input, from what its file says and what the merge file adds.

    Args:
        session: Of onnxruntime.
        path: The network's file, for errors.
        merge: The merge file, for errors.
        settings: What is in it.

    Raises:
        WeightsError: The network has not one input, or not one of RGB images.
        BadValueError: The two contradict each other, or neither says the size.
    """
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(each.name for each in inputs)
        raise WeightsError(
            f"{path} has {len(inputs)} inputs ({names}), expected one, the images: export it with that one"
        )
    name, shape = inputs[0].name, inputs[0].shape
    if inputs[0].type not in _TYPES or len(shape) != 4 or (isinstance(shape[0], int) and shape[0] != 1):
        raise WeightsError(
            f"{path} has the input {name!r} of {inputs[0].type} {_shown(shape)}, expected numbers "
            "(1, 3, height, width) or (1, height, width, 3): export it for one image, or for any number"
        )
    layout = settings.layout or ("NHWC" if shape[3] == 3 and shape[1] != 3 else "NCHW")
    channels = shape[1] if layout == "NCHW" else shape[3]
    if isinstance(channels, int) and channels != 3:
        raise BadValueError(
            f"{path} has the input {name!r} {_shown(shape)}, which has no 3 channels where the layout is {layout}: "
            f"change input.layout in {merge}, or choose a network of RGB images"
        )
    sizes = shape[2:] if layout == "NCHW" else shape[1:3]
    height = _size(path, merge, "height", sizes[0], settings.height)
    width = _size(path, merge, "width", sizes[1], settings.width)
    return NetworkInput(name, _TYPES[inputs[0].type], layout, height, width, settings)


def _size(path: Path, merge: Path, which: str, own: object, asked: int | None) -> int:
    if isinstance(own, int):
        if asked not in {None, own}:
            raise BadValueError(f"{merge}: input.{which} is {asked}, and {path} takes images of {own}: leave it out")
        return own
    if asked is None:
        raise BadValueError(f"{path} takes images of any {which}: say in {merge} which it was made for, input.{which}")
    return asked


def _shown(shape: list[Any]) -> str:
    return f"({', '.join(map(str, shape))})"
