"""What a crowd wears beyond a preset's clothes: more patterns, tone on tone, and bags."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from ccreid.wardrobe import colours
from ccreid.wardrobe.bags import Bag, sample_bag
from ccreid.wardrobe.identity import Identity, pick
from ccreid.wardrobe.mesh import Pattern
from ccreid.wardrobe.outfit import Cloth, Outfit, sample_outfit

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


def _patterned(rng: np.random.Generator, cloth: Cloth, odds: dict[Pattern, float]) -> Cloth:
    pattern = pick(rng, odds)
    accent = colours.sample_contrast(rng, cloth.colour)
    if rng.random() < 0.3:
        accent = colours.blend(cloth.colour, accent, 0.35)
    return replace(cloth, accent=accent, pattern=pattern, scale=round(float(rng.uniform(*_SCALES[pattern])), 4))
