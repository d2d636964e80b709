"""Clothes cut from the shell around the body: shirts, coats, hooded tops, dress tops, trousers and shorts.

A garment is the shell pushed out along its normals, hung or widened into tubes, smoothed, and cut along fields
(neckline, cuffs, hem, open front) that are measured in body coordinates.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part
from ccreid.wardrobe import colours
from ccreid.wardrobe.cloth_fit import hang_trunk, layer, push_out, settle, widen_arms, widen_legs
from ccreid.wardrobe.colours import Colour
from ccreid.wardrobe.mesh import Material, Pattern
from ccreid.wardrobe.outfit import Cloth, Outfit, Upper
from ccreid.wardrobe.surface import Floats, Look, Surface, clip_surface, surface
from ccreid.wardrobe.wearer import Measures, Wearer, measure_cloth

_ARM_METRES = 0.28  # metres in one step of `arm_reach`, so that fields are about metres
_LEG_METRES = 0.42
_HIDDEN = 0.018  # how far inside a garment the skin must be before it is left out


@dataclass(frozen=True)
class Garment:
    """Pieces of cloth in the template's pose.

    Attributes:
        pieces: The cloth.
        covered: (V,) bool, the body's vertices that it hides.
        layer: (S,) metres that the cloth stands off the shell, for what is worn over it.
        points: (S, 3) the shell's vertices where the cloth is, as they are where it is not.
    """

    pieces: list[Surface]
    covered: NDArray[np.bool_]
    layer: Floats
    points: Floats


def fabric(cloth: Cloth, wearer: Wearer, height: float) -> Material:
    """A cloth's look, with its pattern anchored to the front of the trunk at a height.

    Args:
        cloth: The cloth.
        wearer: Who wears it.
        height: Of the pattern's origin, in metres.
    """
    front = float(wearer.shell.points[wearer.shell.arm_share < 0.1, 1].min())
    return Material(
        colour=cloth.colour,
        accent=cloth.accent,
        pattern=cloth.pattern,
        scale=cloth.scale,
        origin=(0.0, front, height),
        roughness=0.12,
    )


def plain(colour: Colour, *, gloss: float = 0.0) -> Material:
    """A plain look.

    Args:
        colour: Of the cloth.
        gloss: Strength of the highlight, 0..1.
    """
    return Material(colour=colour, gloss=gloss, roughness=0.1)


def waist_height(wearer: Wearer) -> float:
    """Where trousers and skirts begin."""
    return float(0.65 * wearer.joints["spine04"][2] + 0.35 * wearer.joints["spine03"][2])


def upper_hem(wearer: Wearer, upper: Upper) -> float:
    """Height of the lower edge of the upper garment's shell.

    Args:
        wearer: Who wears it.
        upper: The upper garment.
    """
    hip = wearer.joints["upperleg.L"][2]
    low = max(wearer.crotch + 0.035, hip - 0.05)
    if upper.style == "dress" or (upper.style == "coat" and coat_has_tails(upper)):
        return waist_height(wearer) - 0.02
    if upper.tucked:
        return waist_height(wearer) - 0.025
    high = waist_height(wearer) - 0.015
    return float(high + (low - high) * (0.25 + 0.75 * upper.length))


def coat_has_tails(upper: Upper) -> bool:
    """Whether an open coat reaches below the hips."""
    return upper.style == "coat" and upper.length > 0.35


def make_lower(wearer: Wearer, outfit: Outfit) -> Garment | None:
    """Trousers, shorts or leggings; None where a skirt or a dress leaves the legs bare.

    Args:
        wearer: Who wears it.
        outfit: The clothes.
    """
    lower, upper = outfit.lower, outfit.upper
    if lower.style == "skirt":
        return None
    if upper.style == "dress":
        if lower.style != "trousers" or lower.fit > 0.35:
            return None
        lower = replace(lower, fit=0.0, flare=0.0, belt=None)
    end = 1.72 + 0.30 * lower.length if lower.style == "trousers" else 0.42 + 0.6 * lower.length
    top = waist_height(wearer)
    if not upper.tucked:
        top = min(top, upper_hem(wearer, upper) + 0.05)
    if upper.style == "dress":
        top = wearer.crotch + 0.08

    offset = np.full(len(wearer.shell.points), 0.007 + 0.006 * lower.fit, dtype=np.float32)
    hang_from_hips = 0.010 * lower.fit
    if upper.tucked:  # the waistband lies over the shirt
        offset += 0.011 * np.clip((wearer.shell.points[:, 2] - top + 0.10) / 0.06, 0.0, 1.0)
    offset += hang_from_hips * np.clip(1.0 - np.abs(wearer.shell.leg_reach) * 3.0, 0.0, 1.0)
    points = push_out(wearer, wearer.shell.points, offset)
    points = widen_legs(wearer, points, lower, end)
    points = settle(wearer, points, offset, rounds=3 + int(6 * lower.fit))

    def field(at: Measures) -> NDArray[np.float64]:
        below_waist = top - at.points[:, 2]
        above_hem = (end - at.leg_reach) * _LEG_METRES
        return np.where(at.leg_reach <= -1.0, -1.0, np.minimum(below_waist, above_hem)).astype(np.float64)

    look = fabric(lower.cloth, wearer, wearer.crotch)
    cloth = _cut(wearer, points, field(measure_cloth(wearer, points)), Part.PANTS, look)
    pieces = [cloth]
    if lower.belt is not None and upper.tucked:
        pieces = _band(cloth, cloth.vertices[:, 2] - (top - 0.035), plain(lower.belt, gloss=0.3))
    return _garment(wearer, pieces, points, field(wearer.skin) > _HIDDEN, field(wearer.shell) > -0.03)


def make_upper(wearer: Wearer, outfit: Outfit, under: Floats | None) -> Garment:
    """The upper garment down to its hem; skirts and coat tails hang from there as `drape` makes them.

    Args:
        wearer: Who wears it.
        outfit: The clothes.
        under: (S,) layer of the lower garment where the upper one hangs over it.
    """
    upper = outfit.upper
    if upper.style != "coat":
        return _shirt(wearer, upper, under)
    shirt = replace(
        upper,
        style="tshirt",
        fit=0.15,
        length=min(0.6, upper.length),
        sleeve=0.3,
        flare=0.0,
        tucked=False,
        cloth=Cloth(upper.lining, upper.lining, Pattern.PLAIN, 0.1),
    )
    inner = _shirt(wearer, shirt, under)
    outer = _shirt(wearer, upper, np.maximum(inner.layer, 0.0 if under is None else under))
    return replace(outer, pieces=inner.pieces + outer.pieces, covered=inner.covered | outer.covered)


def front_gap(upper: Upper) -> float:
    """Half the width of an open coat's front, metres."""
    return 0.035 + 0.05 * upper.flare


def _shirt(wearer: Wearer, upper: Upper, under: Floats | None) -> Garment:
    shell = wearer.shell
    hem = upper_hem(wearer, upper)
    thick = {"tshirt": 0.006, "longsleeve": 0.007, "coat": 0.012, "hoodie": 0.012, "dress": 0.006}[upper.style]
    offset = np.full(len(shell.points), thick + 0.008 * upper.fit, dtype=np.float32)
    if upper.tucked:
        offset -= (offset - 0.004) * np.clip((waist_height(wearer) + 0.05 - shell.points[:, 2]) / 0.05, 0.0, 1.0)
    if under is not None and not upper.tucked:
        below = np.clip((waist_height(wearer) + 0.06 - shell.points[:, 2]) / 0.06, 0.0, 1.0)
        below = np.ones_like(below) if upper.style == "coat" else below
        offset = np.maximum(offset, (under + 0.006) * below).astype(np.float32)
    points = push_out(wearer, shell.points, offset)
    hang = 0.0 if upper.tucked else 0.15 + 0.85 * upper.fit
    if upper.style == "coat":
        hang = max(hang, 0.8)
    if upper.style == "dress":
        hang = 0.25 * upper.fit
    flare = 0.0 if upper.tucked or upper.style == "dress" else 0.10 * upper.flare * upper.fit
    points = hang_trunk(wearer, points, hang, flare)
    points = widen_arms(wearer, points, upper)
    points = settle(wearer, points, offset, rounds=4 + int(8 * upper.fit))
    closeness = np.clip(1.0 - (_from_neck(wearer, shell) - _neck_opening(wearer, upper, shell)) / 0.07, 0.0, 1.0)
    snug = shell.points + (0.6 * offset)[:, None] * wearer.shell_normals
    points += (closeness * 0.85).astype(np.float32)[:, None] * (snug - points)

    def field(at: Measures) -> NDArray[np.float64]:
        x, y, z = at.points[:, 0], at.points[:, 1], at.points[:, 2]
        above_hem = z - hem
        inside_cuff = (max(upper.sleeve * 2.0 if upper.sleeve < 1.0 else 1.97, 0.07) - at.arm_reach) * _ARM_METRES
        neckline = _from_neck(wearer, at) - _neck_opening(wearer, upper, at)
        inside = np.minimum(np.minimum(above_hem, inside_cuff), neckline)
        if upper.style == "coat":
            gap = front_gap(upper) + 0.04 * np.clip((z - hem) / 0.4 - 0.3, 0.0, 1.0) * upper.flare
            inside = np.minimum(inside, np.where((y < wearer.trunk_y) & (at.arm_share < 0.3), np.abs(x) - gap, 1.0))
        return np.asarray(inside, dtype=np.float64)

    chest = 0.6 * wearer.joints["spine02"][2] + 0.4 * wearer.joints["spine01"][2]
    look = fabric(upper.cloth, wearer, float(chest if upper.cloth.pattern == Pattern.PRINT else hem + 0.25))
    cloth = _cut(wearer, points, field(measure_cloth(wearer, points)), Part.UPPER_CLOTHES, look)
    covered = field(wearer.skin) > _HIDDEN
    return _garment(wearer, _trim(cloth, upper, hem), points, covered, field(shell) > -0.03)


def _trim(cloth: Surface, upper: Upper, hem: float) -> list[Surface]:
    """Zips, button bands and ribbed hems as bands of another look."""
    z, x, y = cloth.vertices[:, 2], cloth.vertices[:, 0], cloth.vertices[:, 1]
    if upper.style == "hoodie":
        rib = plain(colours.shade(upper.cloth.colour, 0.8))
        pieces = _band(cloth, hem + 0.045 - z, rib)
        if upper.neckline > 0.3:  # worn with a zip
            front = pieces[0]
            strip = np.where(front.vertices[:, 1] < y.mean(), 0.007 - np.abs(front.vertices[:, 0]), -1.0)
            pieces = [*_band(front, strip, plain(upper.lining)), *pieces[1:]]
        return pieces
    if upper.style == "longsleeve" and upper.neckline > 0.35:
        strip = np.where(y < y.mean(), 0.014 - np.abs(x), -1.0)
        return _band(cloth, strip, plain(colours.shade(upper.cloth.colour, 0.78)))
    return [cloth]


def _band(cloth: Surface, field: NDArray[np.floating], material: Material) -> list[Surface]:
    """Splits a piece: the negative side as it is, the positive side in another look."""
    if not (field > 0).any():
        return [cloth]
    band = clip_surface(cloth, field)
    rest = clip_surface(cloth, -field)
    return [rest, replace(band, looks=(Look(cloth.looks[0].part, material),))]


def _cut(wearer: Wearer, points: Floats, field: NDArray[np.float64], part: Part, material: Material) -> Surface:
    whole = surface(points, wearer.shell_faces, wearer.shell_influences, wearer.shell_weights, Look(part, material))
    return clip_surface(whole, field)


def _from_neck(wearer: Wearer, at: Measures) -> NDArray[np.float64]:
    """Metres (V,) from the base of the neck over the shoulders and down the chest; negative up the neck."""
    x, y, z = at.points[:, 0], at.points[:, 1] - wearer.joints["neck01"][1], at.points[:, 2]
    outward = np.maximum(np.hypot(x, 0.75 * y) - wearer.neck_radius - 0.012, 0.0)
    return np.asarray(outward + wearer.neck_plane(at.points[:, 1]) - z)


def _neck_opening(wearer: Wearer, upper: Upper, at: Measures) -> NDArray[np.float64]:
    """How far (V,) the neckline lies from the base of the neck in each direction."""
    x, front = at.points[:, 0], at.points[:, 1] < wearer.trunk_y
    shoulder, depth = (
        0.012 + 0.035 * upper.neckline * (upper.style in ("tshirt", "dress")),
        0.02 + 0.13 * upper.neckline,
    )
    if upper.style in ("hoodie", "coat"):
        depth = 0.02 + 0.09 * upper.neckline
    narrowing = np.clip(1.0 - np.abs(x) / (0.075 + 0.04 * upper.neckline), 0.0, 1.0)
    if upper.style in ("tshirt", "dress") and upper.flare > 0.4:  # a round neckline instead of a V
        narrowing = np.sqrt(narrowing * (2.0 - narrowing))
    return np.asarray(shoulder + np.where(front, depth * narrowing, 0.0))


def _garment(
    wearer: Wearer, pieces: list[Surface], points: Floats, covered: NDArray[np.bool_], there: NDArray[np.bool_]
) -> Garment:
    return Garment(
        pieces,
        covered,
        layer(wearer, points) * there,
        np.where(there[:, None], points, wearer.shell.points),
    )
