"""Who a rendered person is: everything about them that a change of clothes leaves as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from ccreid.wardrobe import colours
from ccreid.wardrobe.body import LOCAL_CHANGES
from ccreid.wardrobe.colours import Colour

HairStyle = Literal["bald", "buzz", "short", "curly", "afro", "bob", "long", "ponytail", "bun"]
BeardStyle = Literal["none", "stubble", "moustache", "goatee", "full"]
GlassesStyle = Literal["none", "clear", "dark"]
ShoeStyle = Literal["sneakers", "low", "boots", "sandals"]

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Phenotype:
    """anny's phenotype, each value in 0..1.

    Gender 0 is male and 1 female, age 0 a young adult and 1 an old one; the three ancestries sum to 1.
    """

    gender: float
    age: float
    muscle: float
    weight: float
    height: float
    proportions: float
    cupsize: float
    african: float
    asian: float
    caucasian: float


@dataclass(frozen=True)
class Hair:
    """Hair on the head.

    Attributes:
        style: The cut.
        length: 0..1 within what the style allows.
        volume: 0..1, how far it stands off the head.
        fringe: 0 (bare forehead) to 1 (down to the brows).
        parting: -1 (over the right eye) to 1 (over the left).
        colour: sRGB of the roots.
        tips: sRGB of the tips.
    """

    style: HairStyle
    length: float
    volume: float
    fringe: float
    parting: float
    colour: Colour
    tips: Colour


@dataclass(frozen=True)
class Gait:
    """Posture and manner of walking; angles in radians.

    Attributes:
        stride: Half the swing of the thighs.
        knee_lift: Bend of the knee in mid-swing.
        arm_swing: Half the swing of the arms.
        elbow: Bend of the elbows.
        arm_spread: How far the arms hang from the body.
        lean: Forward lean of the trunk.
        slump: Rounding of the upper back and shoulders.
        head_pitch: Nodding of the head, positive looks down.
        head_roll: Tilt of the head to the left shoulder.
        twist: Half the turn of the shoulders against the hips.
        sway: Half the sideways drop of the hips.
        step_width: Distance between the feet as a share of the hips' width.
        toe_out: Turn of the feet outwards.
    """

    stride: float
    knee_lift: float
    arm_swing: float
    elbow: float
    arm_spread: float
    lean: float
    slump: float
    head_pitch: float
    head_roll: float
    twist: float
    sway: float
    step_width: float
    toe_out: float


@dataclass(frozen=True)
class Shoes:
    """A pair of shoes: cut, colour of the upper, of the sole and of a band around the middle."""

    style: ShoeStyle
    colour: Colour
    sole: Colour
    accent: Colour


@dataclass(frozen=True)
class Identity:
    """A person without clothes: plain values only, so that `dataclasses.asdict` gives JSON.

    Attributes:
        phenotype: Overall shape.
        local_changes: Value in -1..1 for names of `ccreid.wardrobe.body.LOCAL_CHANGES`.
        skin: sRGB.
        lips: sRGB.
        eyes: sRGB of the irises.
        hair: Hair on the head.
        brow_thickness: 0..1.
        beard: Cut of the beard, in the hair's colour.
        glasses: Clear or dark glasses, or none.
        glasses_colour: sRGB of the frame.
        gait: Posture and walk.
        shoes: The pair worn with every outfit, None where each outfit brings its own.
    """

    phenotype: Phenotype
    local_changes: dict[str, float]
    skin: Colour
    lips: Colour
    eyes: Colour
    hair: Hair
    brow_thickness: float
    beard: BeardStyle
    glasses: GlassesStyle
    glasses_colour: Colour
    gait: Gait
    shoes: Shoes | None


def sample_identity(rng: np.random.Generator) -> Identity:
    """Draws a person; all randomness comes from `rng`."""
    phenotype = _sample_phenotype(rng)
    skin = colours.sample_skin(rng, phenotype.african, phenotype.asian)
    hair = _sample_hair(rng, phenotype)
    return Identity(
        phenotype=phenotype,
        local_changes=_sample_local_changes(rng),
        skin=skin,
        lips=colours.sample_lips(rng, skin, phenotype.gender),
        eyes=colours.sample_eyes(rng, phenotype.caucasian),
        hair=hair,
        brow_thickness=round(float(rng.uniform(0.0, 1.0) * (1.0 - 0.35 * phenotype.gender)), 4),
        beard=_sample_beard(rng, phenotype.gender),
        glasses=pick(rng, {"none": 0.68, "clear": 0.22, "dark": 0.10}),
        glasses_colour=_pick_colour(
            rng, ((0.05, 0.05, 0.05), (0.25, 0.13, 0.06), (0.75, 0.62, 0.30), (0.65, 0.67, 0.70), (0.65, 0.08, 0.10))
        ),
        gait=_sample_gait(rng),
        shoes=sample_shoes(rng) if rng.random() < 0.5 else None,
    )


def sample_shoes(rng: np.random.Generator) -> Shoes:
    """Draws a pair of shoes."""
    style: ShoeStyle = pick(rng, {"sneakers": 0.5, "low": 0.24, "boots": 0.17, "sandals": 0.09})
    if style == "sneakers":
        colour = colours.sample_sneaker(rng)
        white = (0.95, 0.95, 0.93)
        sole = white if rng.random() < 0.65 else colours.sample_contrast(rng, colour)
        accent = colours.sample_contrast(rng, colour)
        return Shoes(style, colour, sole, accent)
    leather = _pick_colour(
        rng,
        (
            (0.05, 0.05, 0.05),
            (0.22, 0.12, 0.07),
            (0.42, 0.25, 0.13),
            (0.62, 0.43, 0.25),
            (0.35, 0.06, 0.07),
            (0.78, 0.72, 0.62),
        ),
    )
    sole = colours.shade(leather, 0.45) if rng.random() < 0.75 else (0.80, 0.70, 0.52)
    return Shoes(style, leather, sole, colours.shade(leather, 0.7))


def _sample_phenotype(rng: np.random.Generator) -> Phenotype:
    gender = float(np.clip(rng.choice((0.04, 0.96)) + rng.normal(0.0, 0.06), 0.0, 1.0))
    african, asian = rng.dirichlet((0.35, 0.35, 0.35)).round(4).tolist()[:2]
    return Phenotype(
        gender=round(gender, 4),
        age=_beta(rng, 0.9, 1.6),
        muscle=_beta(rng, 1.6, 1.6),
        weight=_beta(rng, 1.3, 1.5),
        height=round(0.15 + 0.38 * _beta(rng, 1.3, 1.3) + 0.07 * gender, 4),
        proportions=_beta(rng, 1.2, 1.6),
        cupsize=_beta(rng, 1.5, 1.8),
        african=african,
        asian=asian,
        caucasian=round(1.0 - african - asian, 4),
    )


_MILD_CHANGES = {
    "belly": 0.2,
    "jaw_drop": 0.15,
    "knock_knees": 0.4,
    "bust": 0.45,
    "double_chin": 0.5,
    "mouth_corners": 0.4,
    "head_width": 0.5,
    "head_height": 0.5,
    "head_depth": 0.5,
    "head_back": 0.5,
    "head_angular": 0.45,
    "head_triangular": 0.3,
    "head_round": 0.45,
    "head_age": 0.4,
    "forehead_height": 0.5,
    "forehead_bulge": 0.4,
    "neck_length": 0.5,
    "chin_height": 0.5,
    "hand_size": 0.4,
    "thigh_length": 0.5,
    "shin_length": 0.5,
    "torso_length": 0.5,
}


def _sample_local_changes(rng: np.random.Generator) -> dict[str, float]:
    """Wide values for all changes, milder where the extreme looks ill."""
    drawn = np.clip(rng.normal(0.0, 0.5, size=len(LOCAL_CHANGES)), -1.0, 1.0)
    return {
        name: round(float(value) * _MILD_CHANGES.get(name, 0.85), 4)
        for name, value in zip(LOCAL_CHANGES, drawn, strict=True)
    }


def _sample_hair(rng: np.random.Generator, phenotype: Phenotype) -> Hair:
    curl = phenotype.african
    styles: dict[HairStyle, float] = {
        "bald": 0.14 + 0.08 * phenotype.age,
        "buzz": 0.14 + 0.1 * curl,
        "short": 0.46 * (1.0 - 0.5 * curl),
        "curly": 0.1 + 0.1 * curl,
        "afro": 0.2 * curl,
        "long": 0.06,
        "bun": 0.04,
        "ponytail": 0.04,
    }
    if rng.random() < phenotype.gender:
        styles = {
            "short": 0.07,
            "buzz": 0.02,
            "curly": 0.12 + 0.1 * curl,
            "afro": 0.25 * curl,
            "bob": 0.22,
            "long": 0.25,
            "ponytail": 0.17,
            "bun": 0.13,
        }
    colour = colours.sample_hair(rng, phenotype.age, phenotype.caucasian)
    ombre = rng.random() < 0.12
    tips = colours.blend(colour, (0.88, 0.74, 0.45), 0.75) if ombre else colours.shade(colour, rng.uniform(0.85, 1.35))
    return Hair(
        style=pick(rng, styles),
        length=_beta(rng, 1.1, 1.1),
        volume=_beta(rng, 1.3, 1.5),
        fringe=round(float(rng.uniform(0.45, 1.0)), 4) if rng.random() < 0.35 else 0.0,
        parting=round(float(rng.uniform(-1.0, 1.0)), 4),
        colour=colour,
        tips=tips,
    )


def _sample_beard(rng: np.random.Generator, gender: float) -> BeardStyle:
    if gender > 0.5:
        return "none"
    return pick(rng, {"none": 0.48, "stubble": 0.16, "moustache": 0.08, "goatee": 0.11, "full": 0.17})


def _sample_gait(rng: np.random.Generator) -> Gait:
    def degrees(low: float, high: float) -> float:
        return round(float(np.radians(rng.uniform(low, high))), 4)

    return Gait(
        stride=degrees(14.0, 29.0),
        knee_lift=degrees(46.0, 68.0),
        arm_swing=degrees(6.0, 34.0),
        elbow=degrees(4.0, 26.0),
        arm_spread=degrees(3.0, 12.0),
        lean=degrees(-2.0, 7.0),
        slump=degrees(-2.0, 13.0),
        head_pitch=degrees(-7.0, 12.0),
        head_roll=degrees(-6.0, 6.0),
        twist=degrees(2.0, 9.0),
        sway=degrees(1.0, 6.0),
        step_width=round(float(rng.uniform(0.55, 1.25)), 4),
        toe_out=degrees(-3.0, 17.0),
    )


def _beta(rng: np.random.Generator, rise: float, fall: float) -> float:
    return round(float(rng.beta(rise, fall)), 4)


def pick(rng: np.random.Generator, shares: Mapping[Choice, float]) -> Choice:
    """Draws a key with odds in proportion to its value.

    Args:
        rng: Draws the key.
        shares: Odds of each key, from 0; they need not sum to 1.
    """
    odds = np.array(list(shares.values()))
    return list(shares)[int(rng.choice(len(odds), p=odds / odds.sum()))]


def _pick_colour(rng: np.random.Generator, choices: tuple[Colour, ...]) -> Colour:
    return choices[int(rng.integers(len(choices)))]
