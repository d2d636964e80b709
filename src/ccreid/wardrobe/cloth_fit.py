"""How cloth lies on the body: pushed off the shell, hung from the trunk, widened into tubes, and smoothed."""

import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe.outfit import Lower, Upper
from ccreid.wardrobe.surface import Floats, smooth
from ccreid.wardrobe.wearer import Wearer


def push_out(wearer: Wearer, points: Floats, offset: Floats) -> Floats:
    """Moves cloth away from the body, along the shell's normals.

    Args:
        wearer: Who wears it.
        points: (S, 3), the shell's vertices as cloth.
        offset: (S,) metres.
    """
    return np.asarray(points + offset[:, None] * wearer.shell_normals, dtype=np.float32)


def layer(wearer: Wearer, points: Floats) -> Floats:
    """Metres (S,) that cloth stands off the shell, along its normals.

    Args:
        wearer: Who wears it.
        points: (S, 3), the shell's vertices as cloth.
    """
    return np.asarray(((points - wearer.shell.points) * wearer.shell_normals).sum(axis=1), dtype=np.float32)


def settle(wearer: Wearer, points: Floats, offset: Floats, rounds: int) -> Floats:
    """Smooths the cloth and keeps it at least its offset above the body.

    Args:
        wearer: Who wears it.
        points: (S, 3), the shell's vertices as cloth.
        offset: (S,) metres.
        rounds: Of smoothing.
    """
    share = np.full(len(points), 0.5, dtype=np.float32)
    points = smooth(points, wearer.shell_edges, rounds, share)
    for _ in range(2):
        lack = np.maximum(offset - layer(wearer, points), 0.0).astype(np.float32)
        points = push_out(wearer, points, lack)
        points = smooth(points, wearer.shell_edges, 1, share * 0.5)
    lack = np.maximum(offset * 0.8 - layer(wearer, points), 0.0).astype(np.float32)
    return push_out(wearer, points, lack)


def hang_trunk(wearer: Wearer, points: Floats, strength: float, flare: float) -> Floats:
    """Lets cloth fall straight from the widest place above instead of following the waist.

    Args:
        wearer: Who wears it.
        points: (S, 3), the shell's vertices as cloth.
        strength: 0 follows the body, 1 hangs straight.
        flare: Metres that it widens in each metre down.
    """
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


def widen_legs(wearer: Wearer, points: Floats, lower: Lower, end: float) -> Floats:
    """Makes trouser legs into tubes from mid-thigh to the hem.

    Args:
        wearer: Who wears it.
        points: (S, 3), the shell's vertices as cloth.
        lower: The garment.
        end: Where its legs end, 0 at the hip, 1 at the knee, 2 at the ankle.
    """
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


def widen_arms(wearer: Wearer, points: Floats, upper: Upper) -> Floats:
    """Makes sleeves into tubes from the shoulder to the cuff.

    Args:
        wearer: Who wears it.
        points: (S, 3), the shell's vertices as cloth.
        upper: The garment.
    """
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
