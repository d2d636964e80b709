"""Clothes cut from the shell around the body: shirts, coats, hooded tops, dress tops, trousers and shorts.

A garment is the shell pushed out along its normals, hung or widened into tubes, smoothed, and cut along fields
(neckline, cuffs, hem, open front) that are measured in body coordinates.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part
from ccreid.wardrobe import colours
from ccreid.wardrobe.colours import Colour
from ccreid.wardrobe.mesh import Material, Pattern
from ccreid.wardrobe.outfit import Cloth, Lower, Outfit, Upper
from ccreid.wardrobe.surface import Floats, Look, Surface, clip_surface, smooth, surface
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


def plain(colour: Colour, *, gloss: float = 0.0, roughness: float = 0.1) -> Material:
    """A plain look.

    Args:
        colour: Of the cloth.
        gloss: Strength of the highlight, 0..1.
        roughness: Strength of fine irregular shading, 0..1.
    """
    return Material(colour=colour, gloss=gloss, roughness=roughness)


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
    points = _push_out(wearer, wearer.shell.points, offset)
    points = _widen_legs(wearer, points, lower, end)
    points = _settle(wearer, points, offset, rounds=3 + int(6 * lower.fit))

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
    points = _push_out(wearer, shell.points, offset)
    hang = 0.0 if upper.tucked else 0.15 + 0.85 * upper.fit
    if upper.style == "coat":
        hang = max(hang, 0.8)
    if upper.style == "dress":
        hang = 0.25 * upper.fit
    flare = 0.0 if upper.tucked or upper.style == "dress" else 0.10 * upper.flare * upper.fit
    points = _hang_trunk(wearer, points, hang, flare)
    points = _widen_arms(wearer, points, upper)
    points = _settle(wearer, points, offset, rounds=4 + int(8 * upper.fit))
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
        _layer(wearer, points) * there,
        np.where(there[:, None], points, wearer.shell.points),
    )


def _push_out(wearer: Wearer, points: Floats, offset: Floats) -> Floats:
    return np.asarray(points + offset[:, None] * wearer.shell_normals, dtype=np.float32)


def _layer(wearer: Wearer, points: Floats) -> Floats:
    return np.asarray(((points - wearer.shell.points) * wearer.shell_normals).sum(axis=1), dtype=np.float32)


def _settle(wearer: Wearer, points: Floats, offset: Floats, rounds: int) -> Floats:
    """Smooths the cloth and keeps it at least its offset above the body."""
    share = np.full(len(points), 0.5, dtype=np.float32)
    points = smooth(points, wearer.shell_edges, rounds, share)
    for _ in range(2):
        lack = np.maximum(offset - _layer(wearer, points), 0.0).astype(np.float32)
        points = _push_out(wearer, points, lack)
        points = smooth(points, wearer.shell_edges, 1, share * 0.5)
    lack = np.maximum(offset * 0.8 - _layer(wearer, points), 0.0).astype(np.float32)
    return _push_out(wearer, points, lack)


def _hang_trunk(wearer: Wearer, points: Floats, strength: float, flare: float) -> Floats:
    """Lets cloth fall straight from the widest place above instead of following the waist."""
    top = wearer.joints["spine01"][2] - 0.05
    trunk = (wearer.shell.arm_share < 0.35) & (points[:, 2] < top + 0.02) & (points[:, 2] > wearer.crotch - 0.05)
    places = points[trunk]
    drop = top - places[:, 2]
    across = places[:, :2] - np.array([0.0, wearer.trunk_y], dtype=np.float32)
    radius = np.linalg.norm(across, axis=1)
    angle = np.arctan2(across[:, 1], across[:, 0])

    drops = np.linspace(0.0, max(float(drop.max()), 0.1), 22)
    angles = np.linspace(-np.pi, np.pi, 25)[:-1]
    table = _radius_table(drop, angle, radius, drops, angles)
    widest = np.maximum.accumulate(table, axis=0)
    column = (angle + np.pi) / (2.0 * np.pi) * len(angles)
    left = np.floor(column).astype(int)
    share = column - left
    row = np.clip(drop / drops[1], 0, len(drops) - 1.001)
    above = np.floor(row).astype(int)
    part = row - above
    ring = np.concatenate([widest, widest[:, :1], widest[:, 1:2]], axis=1)
    target = (1 - part) * ((1 - share) * ring[above, left] + share * ring[above, left + 1]) + part * (
        (1 - share) * ring[above + 1, left] + share * ring[above + 1, left + 1]
    )
    eased = strength * np.clip(drop / 0.12, 0.0, 1.0)
    wider = radius + eased * np.maximum(target - radius, 0.0) + flare * np.clip(drop, 0.0, 1.0)
    moved = points.copy()
    moved[trunk, :2] += (across * ((wider / radius) - 1.0)[:, None]).astype(np.float32)
    return moved


def _radius_table(
    drop: NDArray[np.floating],
    angle: NDArray[np.floating],
    radius: NDArray[np.floating],
    drops: NDArray[np.float64],
    angles: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Radius (drops, angles) averaged from scattered vertices with a Gaussian of 2.5 cm and 15 degrees."""
    turn = np.abs(angle[None, :] - angles[:, None])
    turn = np.minimum(turn, 2.0 * np.pi - turn)
    by_angle = np.exp(-0.5 * (turn / 0.26) ** 2)
    by_drop = np.exp(-0.5 * ((drop[None, :] - drops[:, None]) / 0.025) ** 2)
    return np.asarray((by_drop @ (by_angle * radius).T + 1e-9 * 0.2) / (by_drop @ by_angle.T + 1e-9))


def _widen_legs(wearer: Wearer, points: Floats, lower: Lower, end: float) -> Floats:
    """Makes trouser legs into tubes from mid-thigh to the hem."""
    if lower.fit < 0.12 and lower.flare < 0.6:
        return points
    moved = points.copy()
    reach = wearer.shell.leg_reach
    for side, sign in ((".L", 1.0), (".R", -1.0)):
        leg = (reach > 0.12) & (np.sign(points[:, 0]) == sign) & (reach < 2.25)
        radial, radius = _around_limb(
            points[leg],
            reach[leg],
            [wearer.joints[name + side] for name in ("upperleg", "lowerleg", "foot")],
        )
        thigh = float(radius[(reach[leg] > 0.3) & (reach[leg] < 0.55)].mean())
        knee = float(radius[(reach[leg] > 0.9) & (reach[leg] < 1.1)].mean())
        hem = knee * (0.85 + 0.65 * lower.fit) + 0.045 * max(lower.flare - 0.6, 0.0) / 0.4 * (end > 1.3)
        along = np.clip((reach[leg] - 0.3) / max(end - 0.3, 0.3), 0.0, 1.0)
        straight = thigh * (1.0 - along) + hem * along if end > 1.3 else thigh * (1.02 + 0.25 * lower.fit * along)
        if end > 1.3:
            middle = np.exp(-(((reach[leg] - 1.0) / 0.45) ** 2))
            straight = straight - middle * (1.0 - lower.fit) * 0.02
        eased = np.clip((reach[leg] - 0.12) / 0.3, 0.0, 1.0) * min(1.0, 0.35 + lower.fit)
        wider = radius + eased * np.maximum(straight - radius, 0.0)
        moved[leg] += (radial * (wider / np.maximum(radius, 1e-6) - 1.0)[:, None]).astype(np.float32)
    return moved


def _widen_arms(wearer: Wearer, points: Floats, upper: Upper) -> Floats:
    """Makes sleeves into tubes from the shoulder to the cuff."""
    moved = points.copy()
    reach = wearer.shell.arm_reach
    end = max(upper.sleeve * 2.0, 0.1)
    bulk = {"tshirt": 0.0, "longsleeve": 0.0, "coat": 0.008, "hoodie": 0.008, "dress": 0.0}[upper.style]
    for side, sign in ((".L", 1.0), (".R", -1.0)):
        arm = (reach > 0.05) & (np.sign(points[:, 0]) == sign)
        radial, radius = _around_limb(
            points[arm], reach[arm], [wearer.joints[name + side] for name in ("upperarm", "lowerarm", "wrist")]
        )
        at = reach[arm]
        upper_arm = float(radius[(at > 0.35) & (at < 0.7)].mean())
        cuff = upper_arm * (0.72 + 0.3 * upper.fit) if end > 1.2 else upper_arm * (1.0 + 0.35 * upper.fit)
        if upper.style in ("hoodie", "coat") or end <= 1.2:
            cuff = max(cuff, upper_arm * 0.85)
        straight = (upper_arm + bulk + 0.006 * upper.fit) * (1 - at / end) + cuff * (at / end)
        eased = np.clip((at - 0.12) / 0.45, 0.0, 1.0) * (0.25 + 0.75 * upper.fit)
        wider = radius + eased * np.maximum(straight - radius, 0.0)
        if upper.style == "hoodie":  # gathered at the ribbed cuff
            wider = wider - (wider - radius) * np.clip((at - 1.72) / 0.14, 0.0, 0.8)
        moved[arm] += (radial * (wider / np.maximum(radius, 1e-6) - 1.0)[:, None]).astype(np.float32)
    return moved


def _around_limb(
    points: Floats, reach: Floats, joints: list[NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vectors (V, 3) from the limb's bones to the vertices, across the bones, and their lengths (V,)."""
    start, middle, end = joints
    lower = reach > 1.0
    base = np.where(lower[:, None], middle, start)
    axis = np.where(lower[:, None], end - middle, middle - start)
    axis = axis / np.linalg.norm(axis, axis=1, keepdims=True)
    arrow = points - base
    radial = arrow - (arrow * axis).sum(axis=1, keepdims=True) * axis
    return radial, np.linalg.norm(radial, axis=1)
