"""What every human parser is: a function from images to label maps, with the names of its labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    """

    name: str
    labels: tuple[str, ...]
    parse: LabelMaps
    fingerprint: str
