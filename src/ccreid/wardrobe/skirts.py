"""Cuts the hanging cloth of an outfit: skirts, the skirts of dresses and the tails of coats."""

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part
from ccreid.wardrobe.drape import Drape, make_drape
from ccreid.wardrobe.garments import (
    Garment,
    coat_has_tails,
    fabric,
    front_gap,
    upper_hem,
    waist_height,
)
from ccreid.wardrobe.outfit import Outfit
from ccreid.wardrobe.skeleton import skin
from ccreid.wardrobe.surface import Floats, Look
from ccreid.wardrobe.wearer import Wearer


def make_drapes(wearer: Wearer, outfit: Outfit, garments: list[Garment], stand: NDArray[np.float64]) -> list[Drape]:
    """All hanging cloth of the outfit, in the standing pose that the bone transforms `stand` give.

    Args:
        wearer: Who wears it.
        outfit: The clothes.
        garments: The other garments, over which it hangs.
        stand: (B, 3, 4) transforms of the bones that make the standing pose.
    """
    bare = _stand_up(wearer, wearer.shell.points, stand)
    worn = np.stack([_stand_up(wearer, garment.points, stand) for garment in garments])
    trunk = wearer.shell.arm_share < 0.05
    clothed = worn[:, trunk].reshape(-1, 3)
    carried = _trunk_shares(wearer)[trunk]
    carried_clothed = np.tile(carried, (len(garments), 1))
    hips, ankles = _standing_joint(wearer, stand, "upperleg.L"), _standing_joint(wearer, stand, "foot.L")
    leg_length = hips[2] - ankles[2]
    upper, lower = outfit.upper, outfit.lower
    low = wearer.crotch + 0.05
    drapes: list[Drape] = []
    if upper.style == "dress":
        reach = 0.42 + 0.5 * upper.length**1.5
        drapes.append(
            make_drape(
                around=clothed,
                carried=carried_clothed,
                top=upper_hem(wearer, upper) + 0.01,
                hem=float(hips[2] - reach * leg_length),
                flare=-0.03 + 0.32 * upper.flare,
                slack=0.004,
                folds=(7 + int(6 * upper.fit), 0.045 * upper.flare, 6.0 * upper.fit),
                open_front=0.0,
                leg_radii=_leg_radii(wearer, bare, stand, 0.008),
                trunk_low=low,
                look=Look(Part.UPPER_CLOTHES, fabric(upper.cloth, wearer, wearer.crotch + 0.2)),
            )
        )
    elif lower.style == "skirt":
        reach = 0.35 + 0.55 * lower.length**1.3
        top = _skirt_top(wearer, outfit)
        drapes.append(
            make_drape(
                around=bare[trunk],
                carried=carried,
                top=top,
                hem=float(hips[2] - reach * leg_length),
                flare=-0.06 + 0.42 * lower.flare,
                slack=0.014 if upper.tucked else 0.004,
                folds=(8 + int(9 * lower.fit), 0.05 * lower.flare, 6.0 * lower.fit),
                open_front=0.0,
                leg_radii=_leg_radii(wearer, bare, stand, 0.008),
                trunk_low=low,
                look=Look(Part.PANTS, fabric(lower.cloth, wearer, wearer.crotch - 0.1)),
            )
        )
    if coat_has_tails(upper):
        reach = 0.12 + 0.62 * (upper.length - 0.35) / 0.65
        around = clothed
        front = float(np.abs(around[np.abs(around[:, 2] - upper_hem(wearer, upper)) < 0.03, 1]).max())
        drapes.append(
            make_drape(
                around=around,
                carried=carried_clothed,
                top=upper_hem(wearer, upper) + 0.01,
                hem=float(hips[2] - reach * leg_length),
                flare=0.04 + 0.22 * upper.fit,
                slack=0.004,
                folds=(6, 0.02, 6.0 * upper.fit),
                open_front=float(np.arctan2(front_gap(upper), front)),
                leg_radii=np.max([_leg_radii(wearer, layer, stand, 0.008) for layer in worn], axis=0)
                + 0.02 * bool(drapes),
                trunk_low=low,
                over=drapes[0] if drapes else None,
                look=Look(Part.UPPER_CLOTHES, fabric(upper.cloth, wearer, upper_hem(wearer, upper) + 0.25)),
            )
        )
    return drapes


def skin_under_drapes(wearer: Wearer, outfit: Outfit) -> NDArray[np.bool_]:
    """(V,) which of the body's vertices a skirt or a dress hides around the hips.

    Args:
        wearer: Who wears it.
        outfit: The clothes.
    """
    if outfit.upper.style == "dress":
        top = upper_hem(wearer, outfit.upper)
    elif outfit.lower.style == "skirt":
        top = _skirt_top(wearer, outfit)
    else:
        return np.zeros(len(wearer.skin.points), dtype=bool)
    at = wearer.skin
    return np.asarray((at.points[:, 2] < top) & (at.leg_reach > -1.0) & (at.leg_reach < 0.2) & (at.arm_share < 0.05))


def _skirt_top(wearer: Wearer, outfit: Outfit) -> float:
    if outfit.upper.tucked:
        return waist_height(wearer) + 0.005
    if coat_has_tails(outfit.upper):  # wholly under the tails, which start a little higher
        return upper_hem(wearer, outfit.upper) - 0.005
    return min(waist_height(wearer), upper_hem(wearer, outfit.upper) + 0.022)


def _trunk_shares(wearer: Wearer) -> NDArray[np.float64]:
    """(S, B) share of each bone in carrying the shell's vertices, with the legs' given to the pelvis."""
    shares = np.zeros((len(wearer.shell.points), len(wearer.body.bone_names)))
    np.add.at(shares, (np.arange(len(shares))[:, None], wearer.shell_influences), wearer.shell_weights)
    for bone, name in enumerate(wearer.body.bone_names):
        if name.startswith(("upperleg", "lowerleg", "foot", "toe")):
            shares[:, 0] += shares[:, bone]
            shares[:, bone] = 0.0
    return shares


def _stand_up(wearer: Wearer, points: Floats, stand: NDArray[np.float64]) -> Floats:
    return skin(points.astype(np.float32), wearer.shell_influences, wearer.shell_weights, stand)


def _standing_joint(wearer: Wearer, stand: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    transform = stand[wearer.body.bone(name)]
    return np.asarray(transform[:, :3] @ wearer.joints[name] + transform[:, 3])


def _leg_radii(wearer: Wearer, standing: Floats, stand: NDArray[np.float64], slack: float) -> NDArray[np.float64]:
    """Largest distance of a leg's vertices from its bones at 13 steps from hip to ankle, plus slack."""
    reach = wearer.shell.leg_reach
    radii = np.zeros(13)
    left = (standing[:, 0] > 0) & (reach > -0.2) & (reach < 2.1)
    hip, knee, ankle = (_standing_joint(wearer, stand, name + ".L") for name in ("upperleg", "lowerleg", "foot"))
    for step in range(13):
        along = step / 6.0
        near = left & (np.abs(reach - along) < 0.1)
        middle = hip + (knee - hip) * along if along <= 1.0 else knee + (ankle - knee) * (along - 1.0)
        away = np.linalg.norm(standing[near, :2] - middle[:2], axis=1)
        radii[step] = np.percentile(away, 90) if len(away) else 0.07
    radii[:2] = radii[2]
    return radii + slack
