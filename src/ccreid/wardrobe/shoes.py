"""Shoes and socks, built on the feet of the standing person."""

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part
from ccreid.wardrobe import colours
from ccreid.wardrobe.garments import Garment
from ccreid.wardrobe.identity import Shoes
from ccreid.wardrobe.mesh import Material
from ccreid.wardrobe.outfit import Outfit
from ccreid.wardrobe.skeleton import skin, vertex_normals
from ccreid.wardrobe.surface import (
    Floats,
    Look,
    Surface,
    clip_surface,
    grid_faces,
    shared_weights,
    surface,
)
from ccreid.wardrobe.wearer import Wearer

_COLUMNS = 11
_ROWS = 18
_SOLE = {"sneakers": 0.028, "low": 0.016, "boots": 0.026, "sandals": 0.016}
_COLLAR = {"sneakers": 0.078, "low": 0.062, "boots": 0.095}


def make_footwear(
    wearer: Wearer, outfit: Outfit, lower: Garment | None, toe_out: float, stand: NDArray[np.float64]
) -> list[Surface]:
    """Shoes, boot shafts and socks, in the standing pose that the bone transforms `stand` give.

    Args:
        wearer: Who wears it.
        outfit: The clothes.
        lower: The lower garment, if there is one, which covers shafts.
        toe_out: How far the feet turn outwards, in radians.
        stand: (B, 3, 4) transforms of the bones that make the standing pose.
    """
    standing = skin(wearer.shell.points, wearer.shell_influences, wearer.shell_weights, stand)
    normals = vertex_normals(standing, wearer.shell_faces)
    pieces = _socks(wearer, outfit, standing, normals)
    for side, sign in ((".L", 1.0), (".R", -1.0)):
        foot = _Foot(wearer, standing, side, sign, toe_out, stand)
        pieces.append(_sole(foot, outfit.shoes))
        if outfit.shoes.style == "sandals":
            pieces += _straps(wearer, foot, outfit.shoes, standing, normals, sign)
        else:
            pieces.append(_upper(foot, outfit.shoes))
    if outfit.shoes.style == "boots":
        pieces += _shafts(wearer, outfit, lower, standing, normals)
    return pieces


def skin_in_shoes(wearer: Wearer, outfit: Outfit) -> NDArray[np.bool_]:
    """(V,) which of the body's vertices the footwear hides.

    Args:
        wearer: Who wears it.
        outfit: The clothes.
    """
    reach = wearer.skin.leg_reach
    if outfit.shoes.style == "sandals":
        return np.asarray((reach > _sock_top(outfit) + 0.05) if outfit.sock_height > 0 else np.zeros(len(reach), bool))
    if outfit.shoes.style == "boots":
        return np.asarray(reach > _shaft_top(outfit) + 0.05)
    top = min(_sock_top(outfit) + 0.05, 2.03) if outfit.sock_height > 0 else 2.03
    return np.asarray(reach > top)


class _Foot:
    """A foot's outline in its own frame: forward, outward, up from the ground under it."""

    def __init__(
        self, wearer: Wearer, standing: Floats, side: str, sign: float, toe_out: float, stand: NDArray[np.float64]
    ) -> None:
        body = wearer.body
        self.bones = (body.bone("foot" + side), body.bone("toe" + side))
        turn = sign * toe_out
        self.forward = np.array([np.sin(turn), -np.cos(turn), 0.0])
        self.outward = sign * np.array([np.cos(turn), np.sin(turn), 0.0])
        points = standing[(wearer.shell.leg_reach > 1.9) & (np.sign(wearer.shell.points[:, 0]) == sign)].astype(
            np.float64
        )
        ankle, toes = (
            stand[bone][:, :3] @ wearer.joints[name + side] + stand[bone][:, 3]
            for bone, name in zip(self.bones, ("foot", "toe"), strict=True)
        )
        self.origin = np.array([ankle[0], ankle[1], points[:, 2].min()])
        local = self.to_local(points)
        low = local[local[:, 2] < 0.07]
        self.heel, self.tip = float(low[:, 0].min()) - 0.006, float(low[:, 0].max()) + 0.012
        self.toe_joint = float(self.to_local(toes)[0])
        self.places = self.heel + (self.tip - self.heel) * (1 - np.cos(np.linspace(0, np.pi, _ROWS))) / 2
        near = np.exp(-0.5 * ((self.places[:, None] - low[None, :, 0]) / 0.012) ** 2) + 1e-12
        self.middle = (near * low[:, 1]).sum(axis=1) / near.sum(axis=1)
        spread = np.sqrt((near * (low[:, 1] - self.middle[:, None]) ** 2).sum(axis=1) / near.sum(axis=1))
        self.half = np.clip(spread * 1.45, 0.024, 0.06) + 0.004
        ahead = local[(local[:, 2] < 0.14)]
        weight = np.where(np.abs(self.places[:, None] - ahead[None, :, 0]) < 0.02, ahead[None, :, 2], 0.0)
        self.top = np.maximum(weight.max(axis=1), 0.03)

    def to_local(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        arrow = points - self.origin
        return np.stack([arrow @ self.forward, arrow @ self.outward, arrow[..., 2]], axis=-1)

    def to_world(self, local: NDArray[np.floating]) -> Floats:
        world = self.origin + local[:, :1] * self.forward + local[:, 1:2] * self.outward
        world[:, 2] += local[:, 2]
        return np.asarray(world, dtype=np.float32)

    def carried(self, local: NDArray[np.floating]) -> tuple[NDArray[np.uint8], Floats]:
        """Influences and weights: the toes' bone takes over at the ball of the foot."""
        share = np.clip((local[:, 0] - self.toe_joint + 0.025) / 0.05, 0.0, 1.0)
        return shared_weights(*self.bones, share)

    def rounding(self) -> NDArray[np.float64]:
        """(rows,) narrowing of the outline towards its two ends."""
        at = (self.places - self.heel) / (self.tip - self.heel)
        return np.clip(1.0 - np.abs(2.0 * at - 1.0) ** 7, 0.0, 1.0) ** 0.5


def _upper(foot: _Foot, shoes: Shoes) -> Surface:
    collar = _COLLAR[shoes.style]
    at = (foot.places - foot.heel) / (foot.tip - foot.heel)
    height = np.minimum(foot.top + 0.006, collar)
    height = np.where(at < 0.34, np.maximum(height, collar * (0.86 + 0.14 * at / 0.34)), height)
    height = np.maximum(height, 0.034) * (0.25 + 0.75 * foot.rounding())
    for _ in range(2):
        height[1:-1] = 0.25 * height[:-2] + 0.5 * height[1:-1] + 0.25 * height[2:]
    half = foot.half * (0.04 + 0.96 * foot.rounding()) + 0.002
    angle = np.linspace(0.0, np.pi, _COLUMNS)
    across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.75
    local = np.stack(
        [
            np.repeat(foot.places[:, None], _COLUMNS, axis=1),
            foot.middle[:, None] + half[:, None] * across,
            height[:, None] * np.sin(angle) ** 0.8 - 0.002,
        ],
        axis=-1,
    ).reshape(-1, 3)
    faces = grid_faces(_ROWS, _COLUMNS, closed=False)
    piece = surface(foot.to_world(local), faces, *foot.carried(local), Look(Part.LEGS, plain_shoe(shoes.colour, shoes)))
    row, column = faces.min(axis=1) // _COLUMNS, faces.min(axis=1) % _COLUMNS
    marks = np.zeros(len(faces), dtype=np.uint8)
    if shoes.style == "sneakers":
        marks[(row >= 8) & (row <= 9) & ((column <= 3) | (column >= _COLUMNS - 5))] = 1
        marks[(row <= 1) & (column > 1) & (column < _COLUMNS - 3)] = 1
    looks = (piece.looks[0], Look(Part.LEGS, plain_shoe(shoes.accent, shoes)))
    return Surface(piece.vertices, piece.faces, piece.influences, piece.weights, marks, looks)


def _sole(foot: _Foot, shoes: Shoes) -> Surface:
    """A slab under the foot: rings of the outline from below the edge to the inside of the top."""
    thick = _SOLE[shoes.style]
    half = (foot.half + 0.005) * foot.rounding()
    right = np.stack([foot.places, foot.middle + half], axis=1)
    left = np.stack([foot.places[::-1], (foot.middle - half)[::-1]], axis=1)
    outline = np.concatenate([right, left[1:-1]])
    centre = outline.mean(axis=0)
    spring = 0.012 * np.clip((outline[:, 0] - foot.toe_joint) / 0.06, 0.0, 1.0) ** 2
    rings = []
    for size, height in (
        (0.02, -thick),
        (0.96, -thick),
        (1.0, -0.5 * thick),
        (1.0, 0.008),
        (0.9, 0.010),
        (0.02, 0.006),
    ):
        ring = centre + (outline - centre) * size
        rings.append(np.column_stack([ring, np.full(len(ring), height) + spring * (size > 0.5)]))
    local = np.concatenate(rings)
    faces = grid_faces(len(rings), len(outline), closed=True)
    material = Material(colour=shoes.sole, gloss=0.05)
    return surface(foot.to_world(local), faces, *foot.carried(local), Look(Part.LEGS, material))


def plain_shoe(colour: colours.Colour, shoes: Shoes) -> Material:
    """Leather shines, canvas does not.

    Args:
        colour: Of the shoe.
        shoes: Which it is.
    """
    return Material(colour=colour, gloss=0.08 if shoes.style == "sneakers" else 0.35, roughness=0.03)


def _straps(wearer: Wearer, foot: _Foot, shoes: Shoes, standing: Floats, normals: Floats, sign: float) -> list[Surface]:
    cover = _shell_piece(wearer, standing, normals, 0.006, Look(Part.LEGS, plain_shoe(shoes.colour, shoes)))
    local = foot.to_local(cover.vertices)
    reach = wearer.shell.leg_reach
    own = np.where((np.sign(wearer.shell.points[:, 0]) == sign) & (reach > 1.9), 1.0, -1.0)
    straps = []
    for place, width in ((foot.toe_joint + 0.005, 0.016), (0.55 * foot.toe_joint, 0.012)):
        straps.append(clip_surface(cover, np.minimum(own, width - np.abs(local[:, 0] - place))))
    band = np.minimum(0.012 - np.abs(local[:, 2] - 0.085), own)
    straps.append(clip_surface(cover, band))
    return [strap for strap in straps if len(strap.faces)]


def _sock_top(outfit: Outfit) -> float:
    return 2.0 - 0.75 * outfit.sock_height


def _shaft_top(outfit: Outfit) -> float:
    wide = outfit.lower.style == "trousers" and outfit.upper.style != "dress" and outfit.lower.fit > 0.3
    return 1.82 if wide else 1.55


def _socks(wearer: Wearer, outfit: Outfit, standing: Floats, normals: Floats) -> list[Surface]:
    if outfit.sock_height <= 0.0 or outfit.shoes.style == "boots":
        return []
    cover = _shell_piece(
        wearer, standing, normals, 0.0035, Look(Part.LEGS, Material(colour=outfit.socks, roughness=0.12))
    )
    reach = wearer.shell.leg_reach
    end = 9.0 if outfit.shoes.style == "sandals" else 2.12
    return [clip_surface(cover, np.minimum(reach - _sock_top(outfit), end - reach))]


def _shafts(wearer: Wearer, outfit: Outfit, lower: Garment | None, standing: Floats, normals: Floats) -> list[Surface]:
    over = np.zeros(len(standing), dtype=np.float32) if lower is None else lower.layer
    tucked = _shaft_top(outfit) < 1.7
    offset = np.where(tucked, over, 0.0) + 0.012
    cover = _shell_piece(
        wearer, standing, normals, offset, Look(Part.LEGS, plain_shoe(outfit.shoes.colour, outfit.shoes))
    )
    reach = wearer.shell.leg_reach
    return [clip_surface(cover, np.minimum(reach - _shaft_top(outfit), 2.2 - reach))]


def _shell_piece(
    wearer: Wearer, standing: Floats, normals: Floats, offset: float | NDArray[np.floating], look: Look
) -> Surface:
    stand_off = np.broadcast_to(np.asarray(offset), (len(standing),))
    points = standing + stand_off[:, None].astype(np.float32) * normals
    return surface(points, wearer.shell_faces, wearer.shell_influences, wearer.shell_weights, look)
