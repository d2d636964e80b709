"""The labels of published human parsers, and the one table that merges them into the six parts."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import CcreidError
from ccreid.parts import Part

ATR: Final = (
    "Background",
    "Hat",
    "Hair",
    "Sunglasses",
    "Upper-clothes",
    "Skirt",
    "Pants",
    "Dress",
    "Belt",
    "Left-shoe",
    "Right-shoe",
    "Face",
    "Left-leg",
    "Right-leg",
    "Left-arm",
    "Right-arm",
    "Bag",
    "Scarf",
)
"""The 18 labels of ATR (Liang et al., TPAMI 37(12), 2015), in the order of SCHP's checkpoint; what the paper used."""

LIP: Final = (
    "Background",
    "Hat",
    "Hair",
    "Glove",
    "Sunglasses",
    "Upper-clothes",
    "Dress",
    "Coat",
    "Socks",
    "Pants",
    "Jumpsuits",
    "Scarf",
    "Skirt",
    "Face",
    "Left-arm",
    "Right-arm",
    "Left-leg",
    "Right-leg",
    "Left-shoe",
    "Right-shoe",
)
"""The 20 labels of LIP (Gong et al., CVPR 2017), in the order of SCHP's checkpoint."""

PASCAL: Final = ("Background", "Head", "Torso", "Upper Arms", "Lower Arms", "Upper Legs", "Lower Legs")
"""The 7 labels of Pascal Person-Part (Chen et al., CVPR 2014): of the body, which know no clothes."""

SIX_PARTS: Final = tuple(part.name.lower() for part in Part)
"""The labels of a parser whose labels are the six parts already."""

Merge = Mapping[str, Part]
"""The part that each label becomes, by the label's name; case, spaces and underscores do not matter."""

AUTHORS_MERGE: Final[Merge] = {
    "background": Part.BACKGROUND,
    # Head.
    "hat": Part.HEAD,
    "hair": Part.HEAD,
    "sunglasses": Part.HEAD,
    "face": Part.HEAD,
    "head": Part.HEAD,
    # Upper clothes. Pascal's torso is mostly cloth.
    "upper-clothes": Part.UPPER_CLOTHES,
    "dress": Part.UPPER_CLOTHES,
    "scarf": Part.UPPER_CLOTHES,
    "coat": Part.UPPER_CLOTHES,
    "jumpsuits": Part.UPPER_CLOTHES,
    "torso": Part.UPPER_CLOTHES,
    # Pants. Pascal's upper legs are mostly cloth, and its lower legs as often skin.
    "skirt": Part.PANTS,
    "pants": Part.PANTS,
    "belt": Part.PANTS,
    "upper-legs": Part.PANTS,
    # Arms.
    "left-arm": Part.ARMS,
    "right-arm": Part.ARMS,
    "bag": Part.ARMS,
    "glove": Part.ARMS,
    "upper-arms": Part.ARMS,
    "lower-arms": Part.ARMS,
    "arms": Part.ARMS,
    # Legs.
    "left-leg": Part.LEGS,
    "right-leg": Part.LEGS,
    "left-shoe": Part.LEGS,
    "right-shoe": Part.LEGS,
    "socks": Part.LEGS,
    "lower-legs": Part.LEGS,
    "legs": Part.LEGS,
}
"""The authors' own merge of ATR's labels, and the like for LIP, Pascal Person-Part and the six parts themselves."""


class LabelError(CcreidError, ValueError):
    """A label has no part; the message names it and the labels that do."""


def merge_table(labels: Sequence[str], merge: Merge = AUTHORS_MERGE) -> NDArray[np.uint8]:
    """Return the part of each label value, so that `table[label_map]` is a part map.

    Args:
        labels: Names of the parser's labels, in the order of their values; at most 256.
        merge: The part of each name.

    Returns:
        uint8 (len(labels),), values of `ccreid.parts.Part`.

    Raises:
        LabelError: A label's name is not in `merge`.

    Example:
        >>> merge_table(["Background", "Hair", "Left-shoe"]).tolist()
        [0, 1, 5]
    """
    by_name = {plain_name(name): part for name, part in merge.items()}
    for label in labels:
        if plain_name(label) not in by_name:
            raise LabelError(
                f"the parser's label {label!r} has no part: give a merge that names it; known are {', '.join(by_name)}"
            )
    return np.array([by_name[plain_name(label)] for label in labels], dtype=np.uint8)


def plain_name(name: str) -> str:
    """Return a label's or a part's name as it is compared: in lower case, words joined by hyphens.

    >>> plain_name("Upper_Clothes")
    'upper-clothes'
    """
    return "-".join(name.lower().replace("_", " ").replace("-", " ").split())
