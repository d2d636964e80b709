"""What is drawn on and put on the face: brows, beards and glasses."""

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part
from ccreid.wardrobe.colours import blend, shade
from ccreid.wardrobe.head import Head
from ccreid.wardrobe.identity import Identity
from ccreid.wardrobe.mesh import Material
from ccreid.wardrobe.surface import (
    Look,
    Surface,
    clip_surface,
    grid_faces,
    rigid_surface,
    surface,
    tube,
)


def make_face(head: Head, identity: Identity) -> list[Surface]:
    """Brows, beard and glasses in the standing pose.

    Args:
        head: Where it is.
        identity: Whose it is.
    """
    return [*_brows(head, identity), *_beard(head, identity), *_glasses(head, identity)]


def _brows(head: Head, identity: Identity) -> list[Surface]:
    """A band of hair over each eye."""
    thickness = 0.0055 + 0.006 * identity.brow_thickness
    colour = blend(shade(identity.hair.colour, 0.75), identity.skin, 0.12)
    if max(identity.hair.colour) > 0.7:
        colour = blend(colour, shade(identity.skin, 0.55), 0.5)
    look = Look(Part.HEAD, Material(colour=colour, roughness=0.3))
    pieces = []
    along = np.linspace(0.0, 1.0, 8)
    for eye, sign in zip(head.eyes, (1.0, -1.0), strict=True):
        x = eye[0] + sign * head.eye_radius * (-1.15 + 2.55 * along)
        z = eye[2] + head.eye_radius * (1.25 + 0.35 * np.sin(np.pi * along**0.8) - 0.25 * along)
        half = 0.5 * thickness * (0.55 + np.sin(np.pi * np.clip(0.15 + 0.8 * along, 0.0, 1.0)) * 0.6)
        rows = []
        for shift in (-1.0, 0.0, 1.0):
            height = z + shift * half
            rows.append(np.stack([x, _front(head, x, height) - (0.0025 if shift == 0.0 else 0.001), height], axis=1))
        pieces.append(rigid_surface(np.concatenate(rows), grid_faces(3, len(along), closed=False), head.bone, look))
    return pieces


def _front(head: Head, x: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Depth y (N,) of the face's skin at places seen from the front."""
    front = head.points[head.normals[:, 1] < -0.1]
    away = (front[None, :, 0] - x[:, None]) ** 2 + (front[None, :, 2] - z[:, None]) ** 2
    nearest = np.argsort(away, axis=1, kind="stable")[:, :4]
    weight = 1.0 / (np.take_along_axis(away, nearest, axis=1) + 4e-6)
    return np.asarray((front[nearest, 1] * weight).sum(axis=1) / weight.sum(axis=1))


def _beard(head: Head, identity: Identity) -> list[Surface]:
    if identity.beard == "none":
        return []
    x, z = head.points[:, 0].astype(np.float64), head.points[:, 2].astype(np.float64)
    azimuth = np.abs(head.azimuth(head.points))
    ear = 0.5 * (head.ear_top + head.ear_bottom)
    cheek = np.interp(
        azimuth,
        np.radians([0.0, 14.0, 26.0, 40.0, 62.0, 74.0, 86.0]),
        [
            head.nose_base,
            head.nose_base - 0.004,
            head.mouth + 0.002,
            head.mouth - 0.012,
            ear - 0.02,
            ear + 0.012,
            ear - 0.03,
        ],
    )
    below_cheek = cheek - z
    above_neck = z - (head.chin - 0.020)
    behind = 1.45 - azimuth
    full = np.minimum(np.minimum(below_cheek, above_neck), 0.05 * behind)
    around_mouth = 1.25 * head.mouth_half - np.abs(x - head.centre[0])
    if identity.beard == "moustache":
        field = np.minimum(np.minimum(full, around_mouth + 0.002), z - head.mouth - 0.001)
    elif identity.beard == "goatee":
        field = np.minimum(full, around_mouth)
    else:
        field = full
    depth = {"stubble": 0.0008, "moustache": 0.006, "goatee": 0.008, "full": 0.011}[identity.beard]
    colour = identity.hair.colour if identity.beard != "stubble" else blend(identity.hair.colour, identity.skin, 0.55)
    rise = np.clip(field / 0.014, 0.0, 1.0) ** 0.6
    lift = 0.0006 + depth * rise
    if identity.beard in ("full", "goatee"):
        lift = lift + 0.014 * identity.hair.volume * np.exp(-(((z - head.chin) / 0.02) ** 2)) * rise
    field = np.where(head.lips, np.minimum(field, -0.002), field)
    points = head.points + head.normals * lift[:, None].astype(np.float32)
    look = Look(Part.HEAD, Material(colour=colour, roughness=0.4))
    piece = clip_surface(surface(points, head.faces, head.influences, head.weights, look), field)
    return [piece] if len(piece.faces) else []


def _glasses(head: Head, identity: Identity) -> list[Surface]:
    """Two rims, a bridge and the bars to the ears; dark ones have filled lenses."""
    if identity.glasses == "none":
        return []
    frame = Look(Part.HEAD, Material(colour=identity.glasses_colour, gloss=0.5))
    dark = identity.glasses == "dark"
    square = 0.35 + 0.65 * identity.brow_thickness
    wide = head.eye_radius * (1.75 if not dark else 1.9)
    tall = head.eye_radius * (1.25 + 0.35 * (1.0 - square) + (0.2 if dark else 0.0))
    plane = float(head.eyes[:, 1].mean()) - head.eye_radius - 0.010
    angle = np.linspace(0.0, 2.0 * np.pi, 20, endpoint=False)
    shape_x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (1.0 - 0.45 * square)
    shape_z = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** (1.0 - 0.45 * square)
    thick = 0.0032 + 0.0025 * square
    pieces = []
    for eye, sign in zip(head.eyes, (1.0, -1.0), strict=True):
        middle = np.array([eye[0] + sign * 0.002, plane, eye[2] - 0.002])
        rings = []
        for size, forward in ((0.0, 0.002), (thick, 0.0), (thick * 0.5, -0.003), (0.0, 0.002)):
            x, z = (wide - 0.5 * thick + size) * shape_x, (tall - 0.5 * thick + size) * shape_z
            away = forward + 0.10 * np.abs(x) * (np.sign(x) == sign)  # rims wrap a little around the face
            rings.append(middle + np.stack([x, away, z], axis=1))
        pieces.append(rigid_surface(np.concatenate(rings), grid_faces(4, 20, closed=True), head.bone, frame))
        if dark:
            lens = np.concatenate([rings[0], np.tile(middle, (20, 1))])
            tint = Look(Part.HEAD, Material(colour=(0.06, 0.06, 0.07), gloss=0.9))
            pieces.append(rigid_surface(lens, grid_faces(2, 20, closed=True), head.bone, tint))
        start = middle + np.array([sign * wide, 0.006 + 0.1 * wide, 0.2 * tall])
        end = np.array([sign * (head.ear_x - 0.012), head.ear_y, head.ear_top - 0.004])
        path = start + (end - start) * np.linspace(0.0, 1.0, 5)[:, None]
        path[:, 0] += sign * 0.004 * np.sin(np.linspace(0.0, np.pi, 5))
        pieces.append(_bar(head, path, thick * 0.6, frame))
    bridge = np.stack(
        [
            np.array([head.eyes[side, 0] + sign * (wide - 0.002), plane - 0.003, head.eyes[:, 2].mean() + 0.25 * tall])
            for side, sign in ((0, -1.0), (1, 1.0))
        ]
    )
    pieces.append(_bar(head, bridge, thick * 0.5, frame))
    return pieces


def _bar(head: Head, path: NDArray[np.float64], half: float, look: Look) -> Surface:
    vertices, faces = tube(path, np.full((len(path), 2), half), np.array([0.0, 0.0, 1.0]), 6)
    return rigid_surface(vertices, faces, head.bone, look)
