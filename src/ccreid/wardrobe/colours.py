"""Draws the colours of skin, hair, eyes, lips and cloth; sRGB in 0..1."""

import colorsys

import numpy as np
from numpy.typing import ArrayLike

Colour = tuple[float, float, float]

_SKIN = (  # from pale to deep, each a mid-light tone
    (0.94, 0.79, 0.71),
    (0.90, 0.72, 0.61),
    (0.86, 0.66, 0.53),
    (0.76, 0.55, 0.41),
    (0.61, 0.41, 0.29),
    (0.45, 0.29, 0.20),
    (0.30, 0.19, 0.14),
)
_DARK_HAIR = ((0.05, 0.045, 0.045), (0.09, 0.06, 0.045), (0.17, 0.10, 0.06))
_LIGHT_HAIR = (
    (0.27, 0.16, 0.09),
    (0.40, 0.25, 0.14),
    (0.45, 0.17, 0.08),
    (0.72, 0.31, 0.12),
    (0.60, 0.44, 0.25),
    (0.80, 0.64, 0.38),
    (0.90, 0.83, 0.66),
)
_GREY_HAIR = ((0.42, 0.42, 0.43), (0.63, 0.63, 0.64), (0.86, 0.86, 0.85))
_DYED_HAIR = ((0.85, 0.30, 0.55), (0.20, 0.35, 0.75), (0.10, 0.55, 0.52), (0.45, 0.20, 0.60), (0.75, 0.08, 0.10))
_EYES = ((0.18, 0.10, 0.06), (0.30, 0.18, 0.09), (0.25, 0.36, 0.22), (0.30, 0.45, 0.62), (0.42, 0.47, 0.50))


def as_colour(values: ArrayLike) -> Colour:
    """Three numbers, clipped to 0..1, as plain floats."""
    red, green, blue = np.clip(np.asarray(values, dtype=np.float64), 0.0, 1.0).tolist()
    return round(red, 4), round(green, 4), round(blue, 4)


def linear(colour: Colour) -> Colour:
    """The light of an sRGB colour, with a plain gamma of 2.2."""
    red, green, blue = (max(value, 0.0) ** 2.2 for value in colour)
    return red, green, blue


def shade(colour: Colour, factor: float) -> Colour:
    """A colour made darker (factor below 1) or lighter.

    Args:
        colour: sRGB in 0..1.
        factor: On each channel, from 0.
    """
    return as_colour(np.asarray(colour) * factor)


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between two: 0 gives the first, 1 the second.

    Args:
        first: sRGB in 0..1.
        second: sRGB in 0..1.
        share: Of the second, 0..1.
    """
    return as_colour(np.asarray(first) * (1.0 - share) + np.asarray(second) * share)


def sample_skin(rng: np.random.Generator, african: float, asian: float) -> Colour:
    """A skin tone over the whole human range, centred by the ancestry shares (the rest is caucasian).

    Args:
        rng: Draws everything.
        african: Share of the ancestry, 0..1.
        asian: Share of the ancestry, 0..1; the two sum to 1 at most.
    """
    depth = 0.72 * african + 0.36 * asian + 0.17 * (1.0 - african - asian) + rng.normal(0.0, 0.13)
    tone = _along(_SKIN, float(np.clip(depth, 0.0, 1.0)))
    redness, olive = rng.normal(0.0, 0.022, size=2)
    return as_colour(tone + np.array([redness, olive * 0.6, -olive]))


def sample_lips(rng: np.random.Generator, skin: Colour, gender: float) -> Colour:
    """Bare lips a little redder than the skin; lipstick for some.

    Args:
        rng: Draws everything.
        skin: The person's skin.
        gender: 0 for a man to 1 for a woman.
    """
    if rng.random() < 0.45 * gender:
        lipsticks: tuple[Colour, ...] = ((0.72, 0.08, 0.14), (0.80, 0.30, 0.40), (0.50, 0.08, 0.20), (0.85, 0.42, 0.38))
        return lipsticks[int(rng.integers(len(lipsticks)))]
    return as_colour(np.asarray(skin) * rng.uniform(0.72, 0.88) * (1.0, 0.76, 0.78))


def sample_hair(rng: np.random.Generator, age: float, caucasian: float) -> Colour:
    """Natural dark to blond, grey with age (0 young adult to 1 old), a few dyed.

    Args:
        rng: Draws everything.
        age: 0 for a young adult to 1 for an old one.
        caucasian: Share of the ancestry, 0..1.
    """
    if rng.random() < 0.09 * (1.0 - age):
        tone = _DYED_HAIR[int(rng.integers(len(_DYED_HAIR)))]
    elif rng.random() < 1.3 * age - 0.35:
        tone = _GREY_HAIR[int(rng.integers(len(_GREY_HAIR)))]
    elif rng.random() < 0.2 + 0.6 * caucasian:
        tone = _LIGHT_HAIR[int(rng.integers(len(_LIGHT_HAIR)))]
    else:
        tone = _DARK_HAIR[int(rng.integers(len(_DARK_HAIR)))]
    return as_colour(np.asarray(tone) * rng.uniform(0.85, 1.15) + rng.normal(0.0, 0.008, size=3))


def sample_eyes(rng: np.random.Generator, caucasian: float) -> Colour:
    """Brown for most, light for some.

    Args:
        rng: Draws everything.
        caucasian: Share of the ancestry, 0..1.
    """
    last = len(_EYES) if rng.random() < caucasian else 2
    return _EYES[int(rng.integers(last))]


def sample_cloth(rng: np.random.Generator) -> Colour:
    """What people wear on a street: black, white and grey for half of them, muted dyes for most others, few vivid."""
    return _sample_dye(rng, neutral=0.5, vivid=0.1)


def sample_sneaker(rng: np.random.Generator) -> Colour:
    """Sports shoes come in stronger colours than clothes."""
    return _sample_dye(rng, neutral=0.24, vivid=0.38)


def _sample_dye(rng: np.random.Generator, neutral: float, vivid: float) -> Colour:
    """A dye from nearly black to nearly white, dark ones often; neither neutral nor vivid is muted."""
    kind = rng.random()
    if kind < neutral:
        grey = rng.choice((0.05, 0.10, 0.18, 0.32, 0.50, 0.70, 0.92), p=(0.22, 0.18, 0.12, 0.10, 0.10, 0.10, 0.18))
        return as_colour(grey + rng.normal(0.0, 0.012, size=3))
    hue = rng.random()
    if kind > 1 - vivid:
        return colour_from(hue, rng.uniform(0.65, 0.98), rng.choice((rng.uniform(0.25, 0.5), rng.uniform(0.5, 0.95))))
    return colour_from(hue, rng.uniform(0.25, 0.6), rng.choice((rng.uniform(0.12, 0.35), rng.uniform(0.35, 0.85))))


def sample_trouser_cloth(rng: np.random.Generator) -> Colour:
    """What legs wear: denim, black, khaki and grey for many, any dye for the rest."""
    kind = rng.random()
    if kind < 0.28:
        return colour_from(rng.uniform(0.58, 0.64), rng.uniform(0.35, 0.7), rng.uniform(0.2, 0.65))
    if kind < 0.45:
        return as_colour(rng.uniform(0.04, 0.14) + rng.normal(0.0, 0.01, size=3))
    if kind < 0.58:
        return colour_from(rng.uniform(0.08, 0.13), rng.uniform(0.25, 0.5), rng.uniform(0.4, 0.8))
    return sample_cloth(rng)


def sample_contrast(rng: np.random.Generator, ground: Colour) -> Colour:
    """A second colour that can be told from the first.

    Args:
        rng: Draws everything.
        ground: The first colour.
    """
    for _ in range(8):
        accent = sample_cloth(rng)
        if abs(np.asarray(accent) - np.asarray(ground)).max() > 0.28:
            return accent
    return (0.95, 0.95, 0.93) if max(ground) < 0.5 else (0.08, 0.08, 0.09)


def colour_from(hue: float, saturation: float, value: float) -> Colour:
    """A colour from hue, saturation and value, each in 0..1.

    Args:
        hue: Turns around the colour wheel; whole turns do not matter.
        saturation: 0..1.
        value: 0..1.
    """
    return as_colour(colorsys.hsv_to_rgb(hue % 1.0, float(saturation), float(value)))


def _along(tones: tuple[Colour, ...], position: float) -> np.ndarray:
    """Interpolates a list of tones at a position in 0..1."""
    places = np.linspace(0.0, 1.0, len(tones))
    return np.array([np.interp(position, places, channel) for channel in zip(*tones, strict=True)])
