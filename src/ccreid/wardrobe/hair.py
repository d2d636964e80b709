"""Hair on the head: a cap that grows out of the scalp, and sheets, tails and buns of longer hair."""

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part
from ccreid.wardrobe.colours import blend, shade
from ccreid.wardrobe.head import Head
from ccreid.wardrobe.identity import Hair, HairStyle, Identity
from ccreid.wardrobe.mesh import Material, Pattern
from ccreid.wardrobe.surface import (
    Floats,
    Look,
    Surface,
    clip_surface,
    grid_faces,
    rigid_surface,
    shared_weights,
    surface,
    tube,
)

_COLUMNS = 72
_ROWS = 26
_CAP_THICKNESS: dict[HairStyle, tuple[float, float]] = {  # at volume 0 and 1, metres
    "buzz": (0.0022, 0.004),
    "short": (0.010, 0.030),
    "curly": (0.022, 0.048),
    "afro": (0.045, 0.100),
    "bob": (0.010, 0.018),
    "long": (0.010, 0.018),
    "ponytail": (0.006, 0.012),
    "bun": (0.006, 0.012),
}


def make_hair(head: Head, identity: Identity, clothed: Floats) -> list[Surface]:
    """All hair of the head in the standing pose.

    Args:
        head: Where it grows.
        identity: Whose it is.
        clothed: (V, 3) vertices of the dressed trunk, which long hair falls over.
    """
    hair = identity.hair
    if hair.style == "bald":
        return []
    pieces = [_cap(head, identity)]
    if hair.style in ("bob", "long"):
        pieces.append(_sheet(head, hair, clothed))
    elif hair.style == "ponytail":
        pieces += _ponytail(head, hair)
    elif hair.style == "bun":
        pieces.append(_bun(head, hair))
    return pieces


def hairline(head: Head, azimuth: NDArray[np.floating], hair: Hair, recede: float) -> NDArray[np.float64]:
    """Height (N,) of the lower edge of the hair at each azimuth around the head.

    Args:
        head: Where it grows.
        azimuth: (N,) radians around the head; 0 is the front.
        hair: The hair.
        recede: How far the hair has gone back at the forehead, 0..1.
    """
    eye = float(head.eyes[:, 2].mean())
    skull = head.top - eye
    forehead = eye + skull * (0.60 + 0.10 * recede)
    ear = 0.5 * (head.ear_top + head.ear_bottom)
    nape = head.ear_bottom - (0.004 if hair.style in ("buzz", "short") else 0.018)
    degrees = np.array([0.0, 26.0, 46.0, 58.0, 66.0, 84.0, 93.0, 104.0, 122.0, 138.0, 180.0])
    heights = np.array(
        [
            forehead,
            forehead + skull * 0.10 * recede,
            eye + skull * (0.42 + 0.35 * recede),
            eye + skull * 0.22,
            ear + 0.006,
            ear + 0.004,
            head.ear_top + 0.006,
            head.ear_top + 0.008,
            ear,
            nape + 0.012,
            nape,
        ]
    )
    return np.asarray(np.interp(np.abs(azimuth), np.radians(degrees), heights))


def hair_material(hair: Hair, head: Head) -> Material:
    """Strands from root to tip colour.

    Args:
        hair: The hair.
        head: Where it grows.
    """
    return Material(
        colour=hair.colour,
        accent=hair.tips,
        pattern=Pattern.GRADIENT,
        scale=0.42,
        origin=(0.0, 0.0, head.top - 0.24),
        gloss=0.22,
        roughness=0.5,
    )


def _cap(head: Head, identity: Identity) -> Surface:
    hair = identity.hair
    recede = 0.0
    if hair.style in ("buzz", "short") and identity.phenotype.gender < 0.5:
        recede = max(0.0, identity.phenotype.age * 1.2 + 0.7 * (1.0 - hair.length) - 0.75)
    field = head.points[:, 2] - hairline(head, head.azimuth(head.points), hair, min(recede, 1.0))
    # Hair starts behind the brow's ridge: nothing grows on the front of the face below the forehead.
    low, high = _CAP_THICKNESS[hair.style]
    thick = low + (high - low) * hair.volume
    rise = np.clip(field / (0.012 + 0.35 * thick), 0.0, 1.0) ** 0.55
    upward = np.clip(head.normals[:, 2], 0.0, 1.0)
    depth = 0.0015 + thick * rise
    if hair.style == "short":
        forward = np.clip(-head.normals[:, 1], 0.0, 1.0)
        sides = 0.35 + 0.3 * hair.length
        depth = 0.002 + thick * rise * (sides + (1.15 - sides) * upward + 0.35 * hair.length * forward * upward)
        part = 0.028 * hair.parting
        depth = depth * (1.0 - 0.5 * np.exp(-(((head.points[:, 0] - part) / 0.008) ** 2)) * (abs(hair.parting) > 0.35))
    direction = head.normals.astype(np.float64)
    if hair.style in ("afro", "curly"):
        arrow = head.points - head.centre
        arrow /= np.linalg.norm(arrow, axis=1, keepdims=True)
        direction = 0.5 * direction + 0.5 * arrow
        lumps = _lumps(head.points, 46.0 if hair.style == "afro" else 70.0)
        depth = depth * (1.0 + (0.10 if hair.style == "afro" else 0.28) * lumps)
    elif hair.style != "buzz":
        azimuth = head.azimuth(head.points)
        depth = depth * (1.0 + 0.12 * np.sin(azimuth * 23.0 + 8.0 * hair.parting))
    points = head.points + direction * depth[:, None]
    if hair.style == "short" and hair.fringe > 0.0:
        points = _comb_fringe(head, hair, points, field)
    material = hair_material(hair, head)
    if hair.style == "buzz":
        material = Material(colour=blend(hair.colour, identity.skin, 0.25), roughness=0.35)
    whole = surface(points, head.faces, head.influences, head.weights, Look(Part.HEAD, material))
    return clip_surface(whole, field)


def _comb_fringe(
    head: Head, hair: Hair, points: NDArray[np.float64], field: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Pulls the front of the cap down over the forehead."""
    azimuth = np.abs(head.azimuth(head.points))
    near = np.clip(1.0 - field / 0.03, 0.0, 1.0) * (field > -0.02) * np.clip(1.2 - azimuth / 0.8, 0.0, 1.0)
    moved = points.copy()
    moved[:, 2] -= 0.022 * hair.fringe * near
    moved[:, 1] -= 0.008 * hair.fringe * near
    return moved


def _sheet(head: Head, hair: Hair, clothed: Floats) -> Surface:
    """Hair that lies on the skull and falls from its widest place, open in front of the face."""
    low, high = _CAP_THICKNESS[hair.style]
    thick = low + (high - low) * hair.volume + 0.004
    azimuth = np.linspace(-np.pi, np.pi, _COLUMNS, endpoint=False) + np.pi / _COLUMNS
    spread = np.abs(azimuth)
    eye = float(head.eyes[:, 2].mean())
    if hair.style == "bob":
        end = head.chin + 0.035 - 0.075 * hair.length
        end_at = end + 0.02 * np.sin(2.2 * (spread - np.pi / 2.0)) * (hair.parting > 0.0)
    else:
        end = head.chin - 0.10 - 0.26 * hair.length
        end_at = end + 0.05 * np.clip((np.radians(120.0) - spread) / 1.0, 0.0, 1.0)
    line = hairline(head, azimuth, hair, 0.0)
    bare = line - 0.004 if hair.fringe == 0.0 else line + (eye + 0.022 - line) * hair.fringe
    opening = np.radians(48.0) if hair.fringe == 0.0 else np.radians(52.0)
    falls = np.clip((spread - opening) / np.radians(22.0), 0.0, 1.0)
    falls = falls * falls * (3.0 - 2.0 * falls)
    bottoms = bare * (1.0 - falls) + end_at * falls

    elevations = np.radians(np.linspace(90.0, -12.0, 34))
    skull = _skull_radius(head, azimuth, elevations)
    back = _Back(head, clothed)
    wave = hair.parting
    points = np.empty((_ROWS, _COLUMNS, 3))
    for column in range(_COLUMNS):
        strand = _strand(head, hair, azimuth[column], bottoms[column], skull[column], elevations, thick, back)
        steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(strand, axis=0), axis=1))])
        places = np.linspace(0.0, steps[-1], _ROWS)
        for axis in range(3):
            points[:, column, axis] = np.interp(places, steps, strand[:, axis])
    drop = np.clip((eye - points[:, :, 2]) / 0.25, 0.0, 1.0)
    ripple = (0.003 + 0.010 * drop * max(wave, 0.0)) * np.sin(azimuth * 17.0)[None, :]
    ripple = ripple + 0.010 * max(-wave, 0.0) * drop * np.sin(points[:, :, 2] * 75.0)
    outward = np.stack([np.sin(azimuth), -np.cos(azimuth), np.zeros(_COLUMNS)], axis=-1)[None]
    fade = np.linspace(0.0, 1.0, _ROWS)[:, None, None] ** 0.5
    points = points + outward * ripple[:, :, None] * fade

    flat = points.reshape(-1, 3)
    share = np.clip((head.chin + 0.03 - flat[:, 2]) / 0.14, 0.0, 1.0) * 0.9
    influences, weights = shared_weights(head.bone, head.chest_bone, share)
    look = Look(Part.HEAD, hair_material(hair, head))
    return surface(flat, grid_faces(_ROWS, _COLUMNS, closed=True), influences, weights, look)


def _strand(
    head: Head,
    hair: Hair,
    azimuth: float,
    bottom: float,
    skull: NDArray[np.float64],
    elevations: NDArray[np.float64],
    thick: float,
    back: "_Back",
) -> NDArray[np.float64]:
    """A line (N, 3) from the crown over the skull and then down to the bottom height."""
    radius = skull + thick * (0.7 + 0.3 * np.sin(np.linspace(0.0, np.pi, len(skull))))
    across, height = radius * np.cos(elevations), head.centre[2] + radius * np.sin(elevations)
    widest = int(across.argmax())
    lying = max(2, int((height > max(bottom, height[widest])).sum()))
    across, height = across[:lying], height[:lying]
    around = np.full(lying, azimuth)
    if bottom < height[-1] - 0.004:
        fall = np.linspace(height[-1], bottom, 28)[1:]
        angle = np.full(len(fall), azimuth)
        drop = np.clip((fall[0] + 0.01 - fall) / 0.3, 0.0, 1.0)
        if hair.style == "bob":
            hung = across[-1] + 0.05 * hair.volume * drop - 0.03 * np.clip((drop * 0.3 - 0.05) / 0.08, 0.0, 1.0) ** 2
        else:
            hung = across[-1] + 0.035 * hair.volume * drop
            swept = np.clip((head.mouth - fall) / 0.11, 0.0, 1.0)  # behind the shoulders
            angle += np.sign(azimuth) * swept * max(np.radians(112.0) - abs(azimuth), 0.0)
        across = np.concatenate([across, np.maximum(hung, 0.6 * across[-1])])
        height = np.concatenate([height, fall])
        around = np.concatenate([around, angle])
    x = head.centre[0] + across * np.sin(around)
    y = head.centre[1] - across * np.cos(around)
    if hair.style == "long":
        low = height < head.mouth
        behind = np.clip((np.abs(around) - 1.6) / 0.5, 0.0, 1.0) * low
        x = x * (1.0 - 0.25 * behind * np.clip((head.chin - height) / 0.3, 0.0, 1.0))
        rest_on = np.maximum.accumulate(np.where(low, back.at(x, height) + 0.023, -1.0))
        y = y + behind * np.maximum(rest_on - y, 0.0)
    return np.stack([x, y, height], axis=1)


def _skull_radius(head: Head, azimuth: NDArray[np.float64], elevations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance (columns, rows) from the head's centre to its skin, a Gaussian mean over directions near each."""
    arrow = (head.points - head.centre)[head.points[:, 2] > head.mouth]
    arrow = arrow[np.argsort(arrow[:, 2], kind="stable")]
    upper = arrow[:, 2] > 0.0
    arrow = np.concatenate([arrow[upper], arrow[~upper][::4]])
    distance = np.linalg.norm(arrow, axis=1)
    arrow = arrow / distance[:, None]
    around, up = np.meshgrid(azimuth[::3], elevations[::2], indexing="ij")
    towards = np.stack([np.sin(around) * np.cos(up), -np.cos(around) * np.cos(up), np.sin(up)], axis=-1)
    closeness = np.exp((towards.reshape(-1, 3) @ arrow.T.astype(np.float64) - 1.0) * 220.0)
    coarse = ((closeness @ distance) / closeness.sum(axis=1)).reshape(around.shape)
    rows = np.stack([np.interp(-elevations, -elevations[::2], line) for line in coarse])
    looped = np.concatenate([rows, rows[:1]])
    places = np.concatenate([azimuth[::3], [azimuth[0] + 2.0 * np.pi]])
    return np.stack([np.interp(azimuth, places, looped[:, k]) for k in range(len(elevations))], axis=1)


class _Back:
    """How far back (y) the dressed neck, shoulders and back reach, over x and height."""

    def __init__(self, head: Head, clothed: Floats) -> None:
        self.widths = np.arange(0.0, 0.25, 0.03)
        self.heights = np.arange(head.chin - 0.42, head.ear_top, 0.025)
        self.reach = np.full((len(self.heights), len(self.widths)), -1.0)
        points = np.concatenate([clothed, head.points])
        behind = points[points[:, 1] > head.centre[1] - 0.04]
        for row, height in enumerate(self.heights):
            level = behind[np.abs(behind[:, 2] - height) < 0.026]
            for column, width in enumerate(self.widths):
                near = level[np.abs(np.abs(level[:, 0]) - width) < 0.03, 1]
                self.reach[row, column] = near.max(initial=-1.0)

    def at(self, x: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
        row = np.clip((z - self.heights[0]) / 0.025, 0, len(self.heights) - 1.001)
        column = np.clip(np.abs(x) / 0.03, 0, len(self.widths) - 1.001)
        low, left = row.astype(int), column.astype(int)
        table, down, right = self.reach, row - low, column - left
        lower = table[low, left] * (1 - right) + table[low, left + 1] * right
        upper = table[low + 1, left] * (1 - right) + table[low + 1, left + 1] * right
        return np.asarray(lower * (1 - down) + upper * down)


def _ponytail(head: Head, hair: Hair) -> list[Surface]:
    """A band high on the back of the head and a tail that falls from it."""
    height = head.centre[2] + 0.055 * (hair.fringe + 0.3 * abs(hair.parting)) - 0.01
    back = head.points[(np.abs(head.points[:, 0]) < 0.02) & (np.abs(head.points[:, 2] - height) < 0.02)][:, 1].max()
    root = np.array([head.centre[0], back + 0.004, height])
    length = 0.14 + 0.26 * hair.length
    along = np.linspace(0.0, 1.0, 12)
    path = (
        np.stack(
            [
                np.zeros(12),
                0.055 * np.sin(np.pi * np.minimum(along * 1.3, 0.72)) + 0.02 * along,
                0.018 * np.sin(np.pi * np.minimum(along * 3.0, 1.0)) - length * along**1.25,
            ],
            axis=1,
        )
        + root
    )
    width = (0.016 + 0.020 * hair.volume) * (0.55 + np.sin(np.pi * along**0.7) * 0.75) * (1.0 - 0.55 * along**3)
    vertices, faces = tube(path, np.stack([width, width * 0.8], axis=1), np.array([0.0, 1.0, 0.35]), 14)
    share = np.clip((head.chin - vertices[:, 2]) / 0.3, 0.0, 1.0) * 0.5
    influences, weights = shared_weights(head.bone, head.chest_bone, share)
    tail = surface(vertices, faces, influences, weights, Look(Part.HEAD, hair_material(hair, head)))
    ring = root + np.array([0.0, 0.006, 0.0])
    band_vertices, band_faces = tube(
        np.stack([ring, ring + np.array([0.0, 0.014, 0.004])]),
        np.full((2, 2), float(width[1]) * 1.25),
        np.array([0.0, 0.0, 1.0]),
    )
    band = rigid_surface(band_vertices, band_faces, head.bone, Look(Part.HEAD, Material(colour=shade(hair.tips, 0.5))))
    return [tail, band]


def _bun(head: Head, hair: Hair) -> Surface:
    """A ball of hair on the back or on top of the head."""
    lift = np.radians(10.0 + 65.0 * hair.length)
    behind = head.points - head.centre
    towards = np.array([0.0, np.cos(lift), np.sin(lift)])
    surface_at = float((behind @ towards).max())
    size = 0.030 + 0.024 * hair.volume
    middle = head.centre + towards * (surface_at + 0.55 * size)
    up = np.linspace(-np.pi / 2, np.pi / 2, 10)
    around = np.linspace(0.0, 2.0 * np.pi, 18, endpoint=False)
    swirl = 1.0 + 0.06 * np.sin(3.0 * around[None] + 5.0 * up[:, None])
    ball = np.stack(
        [
            np.cos(up)[:, None] * np.cos(around) * swirl,
            np.cos(up)[:, None] * np.sin(around) * swirl,
            np.sin(up)[:, None] * np.ones(18) * 0.85,
        ],
        axis=-1,
    )
    vertices = middle + size * ball.reshape(-1, 3)
    return rigid_surface(
        vertices, grid_faces(10, 18, closed=True), head.bone, Look(Part.HEAD, hair_material(hair, head))
    )


def _lumps(points: Floats, frequency: float) -> NDArray[np.float64]:
    """Smooth irregular bumps in -1..1 over space."""
    x, y, z = (points.astype(np.float64) * frequency).T
    return np.asarray(
        (np.sin(x + 1.3 * np.sin(1.7 * z)) * np.cos(1.1 * y + 0.7 * x) + np.sin(1.9 * z + np.cos(1.3 * y))) / 2.0
    )
