"""What a crowd wears beyond a preset's clothes: more patterns, tone on tone, and bags."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import numpy as np

from ccreid.wardrobe import colours
from ccreid.wardrobe.colours import Colour
from ccreid.wardrobe.identity import Identity, pick
from ccreid.wardrobe.mesh import Pattern
from ccreid.wardrobe.outfit import Cloth, Outfit, sample_outfit

BagStyle = Literal["backpack", "shoulder", "hand"]

_UPPER_SHARE, _LOWER_SHARE = 0.35, 0.18

_UPPER: Final = {
    Pattern.BLOTCHES: 0.26,
    Pattern.PLAID: 0.2,
    Pattern.LETTERS: 0.2,
    Pattern.DOTS: 0.12,
    Pattern.YOKE: 0.12,
    Pattern.CAMOUFLAGE: 0.1,
}
_LOWER: Final = {Pattern.BLOTCHES: 0.45, Pattern.PLAID: 0.25, Pattern.CAMOUFLAGE: 0.15, Pattern.DOTS: 0.15}
_SCALES: Final = {
    Pattern.BLOTCHES: (0.08, 0.3),
    Pattern.PLAID: (0.04, 0.14),
    Pattern.LETTERS: (0.16, 0.32),
    Pattern.DOTS: (0.03, 0.1),
    Pattern.YOKE: (0.25, 0.6),
    Pattern.CAMOUFLAGE: (0.15, 0.4),
}


# How many carry what.
_BAGS: Final[dict[BagStyle | None, float]] = {None: 0.5, "backpack": 0.2, "shoulder": 0.18, "hand": 0.12}


@dataclass(frozen=True)
class Bag:
    """A bag.

    Attributes:
        style: How it is carried.
        size: 0 (small) to 1 (large).
        left: Whether it is on the left side; a backpack is on none.
        colour: sRGB.
        trim: sRGB of straps and handles.
    """

    style: BagStyle
    size: float
    left: bool
    colour: Colour
    trim: Colour


@dataclass(frozen=True)
class Dress:
    """Clothes, and what is carried with them."""

    outfit: Outfit
    bag: Bag | None

    def values(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self.outfit), "bag": None if self.bag is None else asdict(self.bag)}


def sample_dress(rng: np.random.Generator, identity: Identity) -> Dress:
    """Draw clothes and a bag.

    Args:
        rng: Draws everything.
        identity: Who is to wear them.
    """
    outfit = sample_outfit(rng, identity)
    upper, lower = outfit.upper, outfit.lower
    if rng.random() < _UPPER_SHARE:
        upper = replace(upper, cloth=_patterned(rng, upper.cloth, _UPPER))
    if rng.random() < (3 if lower.style == "skirt" else 1) * _LOWER_SHARE:
        lower = replace(lower, cloth=_patterned(rng, lower.cloth, _LOWER))
    return Dress(replace(outfit, upper=upper, lower=lower), sample_bag(rng))


def sample_bag(rng: np.random.Generator) -> Bag | None:
    """Draw a bag, or none for half of the draws."""
    style = pick(rng, _BAGS)
    if style is None:
        return None
    leather = colours.colour_from(rng.uniform(0.03, 0.1), rng.uniform(0.3, 0.7), rng.uniform(0.1, 0.6))
    colour = colours.sample_cloth(rng) if rng.random() < 0.65 else leather
    trim = colours.shade(colour, rng.uniform(0.4, 0.9))
    return Bag(style, round(float(rng.random()), 4), bool(rng.random() < 0.5), colour, trim)


def _patterned(rng: np.random.Generator, cloth: Cloth, odds: dict[Pattern, float]) -> Cloth:
    pattern = pick(rng, odds)
    accent = colours.sample_contrast(rng, cloth.colour)
    if rng.random() < 0.3:
        accent = colours.blend(cloth.colour, accent, 0.35)
    return replace(cloth, accent=accent, pattern=pattern, scale=round(float(rng.uniform(*_SCALES[pattern])), 4))
