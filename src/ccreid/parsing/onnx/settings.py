"""What a merge file says of a network in ONNX: how an image becomes its input, which output counts, and the labels.

input:
  range: [0, 1]                 # that pixel values of 0..255 are brought to
  mean: [0.485, 0.456, 0.406]   # is then taken off each channel; [0, 0, 0] where left out
  std: [0.229, 0.224, 0.225]    # each channel is then divided by; [1, 1, 1] where left out
  channels: RGB                 # or BGR, also the order of mean and std; RGB where left out
  layout: NCHW                  # or NHWC; what the file's shape says where left out
  resize: stretch               # or letterbox: in proportion, in the middle of black; stretch where left out
  height: 512                   # in pixels; what the file's shape says where left out
  width: 512
  looks: 1                      # or 2: again at the person alone where that is a small part of the image
output: logits                  # where the network has several
labels:                         # in the order of their values
  background: background
  left face: head
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, cast

from ccreid.errors import BadValueError, nearest
from ccreid.parsing.labels import LabelError, Merge, plain_name
from ccreid.parsing.merge_file import label_parts, read_merge_file

_CHOICES: Final = {"channels": ("RGB", "BGR"), "layout": ("NCHW", "NHWC"), "resize": ("stretch", "letterbox")}


@dataclass(frozen=True)
class InputSettings:
    """How an image becomes the network's input.

    Attributes:
        range: What pixel values of 0 and 255 become.
        mean: Taken off each channel, in the order of the network's channels.
        std: That each channel is then divided by.
        channels: RGB or BGR.
        layout: NCHW or NHWC; None where the file's shape says it.
        resize: stretch to the input's size, or letterbox: in proportion, in the middle of black.
        height: Of the input, in pixels; None where the file says it.
        width: Of the input, in pixels; None where the file says it.
        looks: 1, or 2 for a second look at the person alone; see `look_twice`.
    """

    range: tuple[float, float]
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    channels: str = "RGB"
    layout: str | None = None
    resize: str = "stretch"
    height: int | None = None
    width: int | None = None
    looks: int = 1


@dataclass(frozen=True)
class NetworkSettings:
    """All that a network's merge file says.

    Attributes:
        input: How an image becomes the network's input.
        output: Name of the output that holds the labels; None for a network that has one.
        labels: Names of the labels, in the order of their values.
        merge: The part of each label.
    """

    input: InputSettings
    output: str | None
    labels: tuple[str, ...]
    merge: Merge


def read_network_settings(path: Path) -> NetworkSettings:
    """Read the merge file of a network in ONNX.

    Raises:
        MissingFileError: There is no such file.
        LabelError: The file is no such YAML, has no labels, or gives one a part that does not exist.
        BadValueError: A key is missing or unknown, or a value is not what it should be.
    """
    tree = read_merge_file(path)
    unknown = sorted(str(key) for key in tree.keys() - {"input", "output", "labels"})
    if unknown and ("labels" in tree or "input" in tree):
        raise BadValueError(f"{path} has the key {unknown[0]!r}: {nearest(unknown[0], ['input', 'output', 'labels'])}")
    if not isinstance(tree.get("labels"), dict):
        raise LabelError(
            f"{path} has no labels: write a key labels and below it, in the order of their values, a `label: part` a "
            "line for every label of the network"
        )
    if not isinstance(tree.get("input"), dict):
        raise BadValueError(f"{path} has no input: write a key input and below it at least range, such as [0, 1]")
    if not isinstance(output := tree.get("output"), str | None):
        raise BadValueError(f"{path}: output is {output!r}, expected the name of one of the network's outputs")
    labels = label_parts(path, tree)
    if not 2 <= len(labels) <= 256:
        raise LabelError(f"{path} has {len(labels)} labels, expected 2 to 256")
    if len({plain_name(label) for label in labels}) < len(labels):
        raise LabelError(f"{path} has two labels that differ in case, spaces or hyphens alone: rename one of them")
    return NetworkSettings(_input(path, tree["input"]), output, tuple(labels), labels)


def _input(path: Path, values: Mapping[str, Any]) -> InputSettings:
    known = [field.name for field in fields(InputSettings)]
    for key in values:
        if key not in known:
            raise BadValueError(f"{path}: input has the key {key!r}: {nearest(str(key), known)}")
    if "range" not in values:
        raise BadValueError(
            f"{path}: input has no range: write what pixel values are brought to before the mean is taken off, [0, 1] "
            "or [0, 255]"
        )
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    settings = InputSettings(**given)
    _check_numbers(path, "range", settings.range, 2)
    _check_numbers(path, "mean", settings.mean, 3)
    _check_numbers(path, "std", settings.std, 3)
    if settings.range[0] >= settings.range[1]:
        raise BadValueError(f"{path}: input.range is {list(settings.range)}, expected the smaller number first")
    if min(settings.std) <= 0:
        raise BadValueError(f"{path}: input.std is {list(settings.std)}, expected numbers above 0")
    for key, choices in _CHOICES.items():
        value = getattr(settings, key)
        if value not in choices and not (key == "layout" and value is None):
            raise BadValueError(f"{path}: input.{key} is {value!r}, expected {' or '.join(choices)}")
    for key in ("height", "width"):
        value = getattr(settings, key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise BadValueError(f"{path}: input.{key} is {value!r}, expected a number of pixels")
    if settings.looks not in (1, 2) or isinstance(settings.looks, bool):
        raise BadValueError(f"{path}: input.looks is {settings.looks!r}, expected 1 or 2")
    return settings


def _check_numbers(path: Path, key: str, values: object, count: int) -> None:
    good = isinstance(values, tuple) and len(values) == count
    if not good or not all(_is_number(value) for value in cast(Sequence[object], values)):
        shown = list(values) if isinstance(values, tuple) else values
        raise BadValueError(f"{path}: input.{key} is {shown!r}, expected {count} numbers, such as {[0, 1, 1][:count]}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
