"""What sits around the neck: the folded collar of coats and shirts, and the hood that hangs behind."""

import numpy as np

from ccreid.parts import Part
from ccreid.wardrobe import colours
from ccreid.wardrobe.garments import Garment, fabric
from ccreid.wardrobe.mesh import Material
from ccreid.wardrobe.outfit import Outfit
from ccreid.wardrobe.surface import Floats, Look, Surface, grid_faces, shared_weights, surface, tube
from ccreid.wardrobe.wearer import Wearer


def make_collar(wearer: Wearer, outfit: Outfit, upper: Garment) -> list[Surface]:
    """The collar or hood of the upper garment, if it has one; the trunk stands as in the template's pose.

    Args:
        wearer: Who wears it.
        outfit: The clothes.
        upper: The upper garment that it is sewn to.
    """
    style = outfit.upper.style
    if style == "hoodie":
        return [_hood(wearer, outfit, upper)]
    if style == "coat" or (style == "longsleeve" and outfit.upper.neckline > 0.35):
        return [_folded_collar(wearer, outfit)]
    return []


def _folded_collar(wearer: Wearer, outfit: Outfit) -> Surface:
    """A band that rises at the neck and folds down over the garment."""
    coat = outfit.upper.style == "coat"
    open_front = np.radians(40.0 if coat else 22.0)
    angle = np.linspace(-np.pi + open_front, np.pi - open_front, 36)  # 0 is behind
    middle = wearer.joints["neck01"]
    rise = 0.026 + (0.02 * outfit.upper.flare if coat else 0.0)
    rows = []
    inner = wearer.neck_radius + (0.014 if coat else 0.009)
    towards_front = np.clip((np.abs(angle) - 1.4) / 1.2, 0.0, 1.0)
    for away, height in ((0.0, -0.02), (0.003, rise * 0.6), (0.010, rise), (0.024, rise * 0.75), (0.042, -0.012)):
        radius = inner + away * (1.0 + 0.6 * towards_front * (away > 0.02)) + (0.006 if coat else 0.0)
        x = radius * np.sin(angle)
        y = middle[1] + radius * np.cos(angle) * np.where(np.cos(angle) > 0, 0.95, 1.12)
        sag = towards_front * (0.012 + 0.03 * (away > 0.02) + 0.25 * rise * (height > 0))
        rows.append(np.stack([x, y, wearer.neck_plane(y) + height - sag], axis=1))
    vertices = np.concatenate(rows)
    colour = outfit.upper.cloth.colour
    material = Material(colour=colours.shade(colour, 0.88), roughness=0.1)
    return _carried(wearer, vertices, grid_faces(len(rows), len(angle), closed=False), material)


def _hood(wearer: Wearer, outfit: Outfit, upper: Garment) -> Surface:
    """A lowered hood: a thick roll around the neck that widens to a bag on the upper back."""
    cloth = np.concatenate([piece.vertices for piece in upper.pieces])
    steps = np.linspace(-1.0, 1.0, 29)
    angle = 2.35 * steps
    middle = wearer.joints["neck01"]
    bag = np.clip(np.cos(angle * 0.75), 0.0, 1.0) ** 1.3
    ends = np.clip((np.abs(steps) - 0.72) / 0.28, 0.0, 1.0)
    radius = wearer.neck_radius + 0.026
    x = (radius + 0.030 * bag * (1.0 - bag) * 4.0) * np.sin(angle)
    y = middle[1] + radius * 1.05 * np.cos(angle)
    z = wearer.neck_plane(y) + 0.012 - 0.055 * bag - 0.035 * ends
    behind = cloth[(cloth[:, 1] > middle[1]) & (np.abs(cloth[:, 0]) < 0.09)]
    low = behind[np.abs(behind[:, 2] - (middle[2] - 0.07)) < 0.03]
    back = float(low[:, 1].max()) if len(low) else float(y.max())
    y = y + bag * max(back - 0.004 - float(y.max()), 0.0) - 0.012 * ends
    path = np.stack([x, y, z], axis=1)
    radii = np.stack([0.016 + 0.010 * bag, 0.018 + 0.050 * bag], axis=1)
    radii *= (1.0 - 0.75 * ends**2)[:, None]
    vertices, faces = tube(path, radii, np.array([0.0, 0.0, 1.0]), 14)
    return _carried(wearer, vertices, faces, fabric(outfit.upper.cloth, wearer, float(middle[2]) - 0.15))


def _carried(wearer: Wearer, vertices: Floats, faces: np.ndarray, material: Material) -> Surface:
    body = wearer.body
    share = np.full(len(vertices), 0.2)
    influences, weights = shared_weights(body.bone("spine01"), body.bone("neck01"), share)
    return surface(vertices, faces, influences, weights, Look(Part.UPPER_CLOTHES, material))
