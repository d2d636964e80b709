"""The visible skin, lips and eyes of a person, without what the clothes hide."""

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part
from ccreid.wardrobe import colours
from ccreid.wardrobe.body import FaceRegion
from ccreid.wardrobe.garments import Garment
from ccreid.wardrobe.identity import Identity
from ccreid.wardrobe.mesh import Material
from ccreid.wardrobe.surface import Look, Surface, surface
from ccreid.wardrobe.wearer import Wearer


def make_skin(wearer: Wearer, identity: Identity, garments: list[Garment], hidden: NDArray[np.bool_]) -> list[Surface]:
    """Skin and eyes in the template's pose; `hidden` (V,) marks vertices that shoes and skirts hide.

    Args:
        wearer: Whose skin it is.
        identity: Has the colours.
        garments: What covers it.
        hidden: (V,) vertices that shoes and skirts hide.
    """
    covered = np.any([hidden, *(garment.covered for garment in garments)], axis=0)
    return [_skin(wearer, identity, covered), _eyes(wearer, identity)]


def _skin(wearer: Wearer, identity: Identity, covered: NDArray[np.bool_]) -> Surface:
    body = wearer.body
    faces, regions = body.skin_faces, body.skin_regions
    kept = ~covered[faces].all(axis=1) & (regions != FaceRegion.MOUTH_INSIDE)
    faces, regions = faces[kept], regions[kept]
    at = wearer.skin
    on_arm = at.arm_share[faces].mean(axis=1) > 0.3
    on_leg = (at.leg_reach[faces].mean(axis=1) > 0.0) & ~on_arm
    tone = Material(colour=identity.skin, gloss=0.12, roughness=0.02)
    looks = (
        Look(Part.HEAD, tone),
        Look(Part.ARMS, tone),
        Look(Part.LEGS, tone),
        Look(Part.HEAD, Material(colour=identity.lips, gloss=0.2)),
        Look(Part.HEAD, Material(colour=colours.shade(identity.skin, 0.82), gloss=0.05)),
    )
    face_looks = np.where(on_arm, 1, np.where(on_leg, 2, 0))
    face_looks = np.where(regions == FaceRegion.LIPS, 3, face_looks)
    face_looks = np.where(regions == FaceRegion.EYELIDS, 4, face_looks)
    piece = surface(wearer.vertices, faces, body.influences, body.weights, looks[0])
    return Surface(piece.vertices, piece.faces, piece.influences, piece.weights, face_looks.astype(np.uint8), looks)


def _eyes(wearer: Wearer, identity: Identity) -> Surface:
    """Eyeballs with the iris as a disc around the foremost point."""
    body = wearer.body
    faces = body.eye_faces
    centres = wearer.vertices[faces].mean(axis=1)
    iris = np.zeros(len(faces), dtype=bool)
    for of_side in (centres[:, 0] >= 0, centres[:, 0] < 0):
        ball = wearer.vertices[np.unique(faces[of_side])]
        middle, radius = ball.mean(axis=0), np.ptp(ball[:, 0]) / 2.0
        off = np.linalg.norm(centres[of_side][:, [0, 2]] - middle[[0, 2]], axis=1)
        iris[of_side] = (off < 0.62 * radius) & (centres[of_side][:, 1] < middle[1])
    looks = (
        Look(Part.HEAD, Material(colour=(0.93, 0.92, 0.90), gloss=0.4)),
        Look(Part.HEAD, Material(colour=colours.shade(identity.eyes, 0.75), gloss=0.5)),
    )
    piece = surface(wearer.vertices, faces, body.influences, body.weights, looks[0])
    return Surface(piece.vertices, piece.faces, piece.influences, piece.weights, iris.astype(np.uint8), looks)
