"""The six body parts that every stage shares (Shu et al. 2021, Sec. II-A)."""

from enum import IntEnum
from typing import Final


class Part(IntEnum):
    """Value of a pixel in a part map; the paper's order, so ``2`` is upper clothes in Eq. (1)."""

    BACKGROUND = 0
    HEAD = 1
    UPPER_CLOTHES = 2
    PANTS = 3
    ARMS = 4
    LEGS = 5


NUM_PARTS: Final = len(Part)

IGNORED: Final = 255
"""Value of a pixel that does not count, in maps that a parser is trained on or scored by."""

CLOTHES: Final = (Part.UPPER_CLOTHES, Part.PANTS)
"""The parts that the paper repaints."""

PALETTE: Final[tuple[tuple[int, int, int], ...]] = (
    (0, 0, 0),
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (213, 94, 0),
)
"""RGB of each part in palette PNGs and figures; Okabe-Ito colours, told apart by colour-blind readers."""
