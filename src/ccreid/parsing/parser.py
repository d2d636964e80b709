"""What every human parser is, and how it is called."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import CcreidError
from ccreid.memory_shortage import place_of_shortage
from ccreid.parsing.labels import AUTHORS_MERGE, Merge

LabelMaps = Callable[[Sequence[NDArray[np.uint8]]], list[NDArray[np.uint8]]]
"""From RGB images, uint8 (H, W, 3) each of its own size, to one label map (H, W) each, uint8, values of `labels`.

The map of an image must not depend on the other images of the call.
"""


@dataclass(frozen=True)
class Parser:
    """A human parser, ready to run.

    Attributes:
        name: As on the command line, such as "schp-atr".
        labels: Names of its labels, in the order of their values.
        parse: The function.
        fingerprint: Hexadecimal digest of what decides the label maps beside the image: the weights. Maps with another
            fingerprint are made anew when a parsing is resumed.
        merge: The part of each label, where the user gives no other; the authors' unless the parser brings its own.
    """

    name: str
    labels: tuple[str, ...]
    parse: LabelMaps
    fingerprint: str
    merge: Merge = field(default_factory=lambda: AUTHORS_MERGE)


class ParserError(CcreidError, ValueError):
    """A parser's memory does not suffice, or it does not do what parsers do; the message names it."""


def label_maps(parser: Parser, images: Sequence[NDArray[np.uint8]], names: Sequence[object]) -> list[NDArray[np.uint8]]:
    """Call a parser, and check what it gives.

    Args:
        parser: Of any kind.
        images: RGB, uint8 (H, W, 3) each of its own size.
        names: What an error is to call each image.

    Returns:
        One label map each, uint8 (H, W), values of the parser's `labels`.

    Raises:
        ParserError: The memory does not suffice for so many images, or a map is missing, of another size or type than
            its image, or holds a label that the parser has not.
    """
    try:
        maps = parser.parse(images)
    except (RuntimeError, MemoryError) as error:
        if place_of_shortage(error) is None:
            raise
        raise ParserError(
            f"{parser.name} has not enough memory for {len(images)} images: give a smaller batch"
        ) from error
    if len(maps) != len(images):
        raise ParserError(f"{parser.name} gave {len(maps)} label maps for {len(images)} images, expected one each")
    for labels, image, name in zip(maps, images, names, strict=True):
        if labels.dtype != np.uint8 or labels.shape != image.shape[:2]:
            raise ParserError(
                f"{parser.name} gave a label map of {labels.dtype} {labels.shape} for {name}, "
                f"expected uint8 {image.shape[:2]}"
            )
        if labels.size and labels.max() >= len(parser.labels):
            raise ParserError(
                f"{parser.name} gave the label {labels.max()} for {name}, expected 0..{len(parser.labels) - 1}"
            )
    return maps
