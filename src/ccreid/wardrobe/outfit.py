"""What a rendered person wears: all that a change of clothes may change."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ccreid.wardrobe import colours
from ccreid.wardrobe.colours import Colour
from ccreid.wardrobe.identity import Identity, Shoes, pick, sample_shoes
from ccreid.wardrobe.mesh import Pattern

UpperStyle = Literal["tshirt", "longsleeve", "coat", "hoodie", "dress"]
LowerStyle = Literal["trousers", "shorts", "skirt"]


@dataclass(frozen=True)
class Cloth:
    """A fabric.

    Attributes:
        colour: sRGB of the ground.
        accent: sRGB of the pattern.
        pattern: How the two mix.
        scale: Period of the pattern in metres.
    """

    colour: Colour
    accent: Colour
    pattern: Pattern
    scale: float


@dataclass(frozen=True)
class Upper:
    """The upper garment.

    Attributes:
        style: The cut.
        fit: 0 (skin-tight) to 1 (wide).
        length: 0 (short) to 1 (long), within what the style allows; a dress ends between mid-thigh and ankle.
        sleeve: 0 (none) to 1 (to the wrist).
        neckline: 0 (close to the neck) to 1 (deep).
        flare: Widening towards the hem, 0..1.
        tucked: Whether the hem is inside the lower garment.
        cloth: The fabric.
        lining: sRGB of the shirt under an open coat, of a hood's inside and of cords.
    """

    style: UpperStyle
    fit: float
    length: float
    sleeve: float
    neckline: float
    flare: float
    tucked: bool
    cloth: Cloth
    lining: Colour


@dataclass(frozen=True)
class Lower:
    """The lower garment.

    Attributes:
        style: The cut.
        fit: 0 (skin-tight) to 1 (wide).
        length: 0 (short) to 1 (long), within what the style allows.
        flare: Widening towards the hem, 0..1.
        cloth: The fabric.
        belt: sRGB of a belt, None without one.
    """

    style: LowerStyle
    fit: float
    length: float
    flare: float
    cloth: Cloth
    belt: Colour | None


@dataclass(frozen=True)
class Outfit:
    """Everything worn, in plain values, so that `dataclasses.asdict` gives JSON.

    Attributes:
        upper: T-shirt, long sleeve, open coat, hooded top or dress.
        lower: Trousers, shorts or skirt; a dress hides it but for leggings and bare legs.
        shoes: The identity's own pair, or the outfit's.
        sock_height: 0 (not seen) to 1 (below the knee).
        socks: sRGB.
    """

    upper: Upper
    lower: Lower
    shoes: Shoes
    sock_height: float
    socks: Colour


def sample_outfit(rng: np.random.Generator, identity: Identity) -> Outfit:
    """Draws clothes that fit the person; all randomness comes from `rng`.

    Args:
        rng: Draws everything.
        identity: Who is to wear them.
    """
    upper = _sample_upper(rng, identity.phenotype.gender)
    own_shoes = sample_shoes(rng)
    sock_height = float(rng.uniform(0.15, 1.0)) if rng.random() < 0.6 else 0.0
    socks = colours.sample_cloth(rng) if rng.random() < 0.4 else (0.93, 0.93, 0.92)
    return Outfit(
        upper=upper,
        lower=_sample_lower(rng, identity.phenotype.gender),
        shoes=identity.shoes or own_shoes,
        sock_height=round(sock_height, 4),
        socks=socks,
    )


def _sample_upper(rng: np.random.Generator, gender: float) -> Upper:
    feminine = rng.random() < gender
    style: UpperStyle = pick(
        rng,
        {
            "tshirt": 0.30,
            "longsleeve": 0.24,
            "coat": 0.20,
            "hoodie": 0.18,
            "dress": 0.22 if feminine else 0.0,
        },
    )
    sleeve = {
        "tshirt": float(rng.uniform(0.16, 0.46)) if rng.random() > 0.12 else 0.0,
        "longsleeve": float(rng.choice((rng.uniform(0.62, 0.8), 1.0), p=(0.2, 0.8))),
        "coat": 1.0,
        "hoodie": 1.0,
        "dress": float(rng.choice((0.0, rng.uniform(0.15, 0.45), 1.0), p=(0.35, 0.4, 0.25))),
    }[style]
    low_fit = {"tshirt": 0.0, "longsleeve": 0.0, "coat": 0.35, "hoodie": 0.45, "dress": 0.0}[style]
    cloth = _sample_cloth(rng, colours.sample_cloth(rng), patterned=0.15 if style in ("coat", "hoodie") else 0.3)
    return Upper(
        style=style,
        fit=_uniform(rng, low_fit, 1.0),
        length=_uniform(rng, 0.0, 1.0),
        sleeve=round(sleeve, 4),
        neckline=_uniform(rng, 0.0, 0.45 + 0.35 * feminine),
        flare=_uniform(rng, 0.0, 1.0),
        tucked=style in ("tshirt", "longsleeve") and rng.random() < 0.25,
        cloth=cloth,
        lining=colours.sample_contrast(rng, cloth.colour),
    )


def _sample_lower(rng: np.random.Generator, gender: float) -> Lower:
    feminine = rng.random() < gender
    style: LowerStyle = pick(rng, {"trousers": 0.62, "shorts": 0.22, "skirt": 0.3 if feminine else 0.0})
    cloth = _sample_cloth(rng, colours.sample_trouser_cloth(rng), patterned=0.45 if style == "skirt" else 0.12)
    belt = colours.shade((0.35, 0.2, 0.1), rng.uniform(0.15, 1.2)) if rng.random() < 0.35 else None
    return Lower(
        style=style,
        fit=_uniform(rng, 0.0, 1.0),
        length=_uniform(rng, 0.0, 1.0),
        flare=_uniform(rng, 0.0, 1.0),
        cloth=cloth,
        belt=belt,
    )


_SCALES: dict[Pattern, tuple[float, float]] = {
    Pattern.PLAIN: (0.1, 0.1),
    Pattern.STRIPES_ACROSS: (0.035, 0.16),
    Pattern.STRIPES_ALONG: (0.03, 0.10),
    Pattern.CHECKS: (0.06, 0.18),
    Pattern.GRADIENT: (0.45, 0.9),
    Pattern.PRINT: (0.16, 0.32),
}


def _sample_cloth(rng: np.random.Generator, colour: Colour, patterned: float) -> Cloth:
    pattern = Pattern.PLAIN
    if rng.random() < patterned:
        pattern = pick(
            rng,
            {
                Pattern.STRIPES_ACROSS: 0.27,
                Pattern.STRIPES_ALONG: 0.12,
                Pattern.CHECKS: 0.2,
                Pattern.GRADIENT: 0.13,
                Pattern.PRINT: 0.28,
            },
        )
    accent = colours.sample_contrast(rng, colour)
    return Cloth(colour, accent, pattern, _uniform(rng, *_SCALES[pattern]))


def _uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 4)
