"""Landmarks of a standing person's head, which hair, beards and glasses are fitted to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe.body import FaceRegion
from ccreid.wardrobe.skeleton import skin, vertex_normals
from ccreid.wardrobe.surface import Floats, Ints, neighbour_edges, smooth, used_vertices
from ccreid.wardrobe.wearer import Wearer, bone_share


@dataclass(frozen=True)
class Head:
    """The head of a standing person.

    Attributes:
        bone: Index of the head's bone.
        chest_bone: Index of the bone that long hair rests on.
        points: (N, 3) skin of head and neck without ears, lips and eyelids' insides.
        normals: (N, 3), smoothed.
        faces: (F, 3).
        influences: uint8 (N, 4).
        weights: (N, 4).
        lips: (N,) bool.
        centre: (3,) middle of the skull, at the height of the brows.
        eyes: (2, 3) middle of the left and of the right eyeball.
        eye_radius: Metres.
        top: Height of the crown.
        ear_top: Height.
        ear_bottom: Height.
        ear_y: y of the ears' middle.
        ear_x: Largest x of the left ear.
        nose_base: Height of the nose's underside.
        mouth: Height of the lips' parting.
        mouth_half: Half the width of the lips.
        chin: Height of the chin's underside.
    """

    bone: int
    chest_bone: int
    points: Floats
    normals: Floats
    faces: Ints
    influences: NDArray[np.uint8]
    weights: Floats
    lips: NDArray[np.bool_]
    centre: NDArray[np.float64]
    eyes: NDArray[np.float64]
    eye_radius: float
    top: float
    ear_top: float
    ear_bottom: float
    ear_y: float
    ear_x: float
    nose_base: float
    mouth: float
    mouth_half: float
    chin: float

    def azimuth(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Angle (N,) around the head: 0 in front, positive to the person's left, pi behind."""
        return np.asarray(np.arctan2(points[:, 0], -(points[:, 1] - self.centre[1])), dtype=np.float64)


def find_head(wearer: Wearer, stand: NDArray[np.float64]) -> Head:
    """Finds the landmarks in the standing pose that the bone transforms `stand` give.

    Args:
        wearer: Whose head it is.
        stand: (B, 3, 4) transforms of the bones that make the standing pose.
    """
    body = wearer.body
    count = int(body.shell_faces.min())
    posed = skin(wearer.vertices[:count], body.influences[:count], body.weights[:count], stand)
    regions = body.skin_regions
    on_head = bone_share(body, body.influences[:count], body.weights[:count], ("head", "neck")) > 0.4
    keep = on_head[body.skin_faces].all(axis=1) & np.isin(regions, (FaceRegion.SKIN, FaceRegion.LIPS))
    used, faces = used_vertices(body.skin_faces[keep], count)
    points = posed[used]
    lips = posed[np.unique(body.skin_faces[regions == FaceRegion.LIPS])]
    ears = posed[np.unique(body.skin_faces[regions == FaceRegion.EARS])]
    eye_points = posed[np.unique(body.eye_faces)]
    eyes = np.stack([eye_points[side].mean(axis=0) for side in (eye_points[:, 0] >= 0, eye_points[:, 0] < 0)])
    head_joint = stand[body.bone("head")]
    joint = head_joint[:, :3] @ wearer.joints["head"] + head_joint[:, 3]
    skull = points[points[:, 2] > eyes[:, 2].mean()]
    front = points[(np.abs(points[:, 0]) < 0.012) & (points[:, 1] < eyes[:, 1].mean())]
    lip_top, lip_low = lips[:, 2].max(), lips[:, 2].min()
    nose = front[(front[:, 2] > lip_top) & (front[:, 2] < eyes[:, 2].mean())]
    tip = nose[nose[:, 1].argmin()]
    below = nose[nose[:, 2] < tip[2]]
    nose_base = float(
        below[below[:, 1] > tip[1] + 0.35 * (lips[:, 1].min() - tip[1])][:, 2].max(initial=lip_top + 0.006)
    )
    chin_points = front[(front[:, 2] < lip_low) & (front[:, 1] < lips[:, 1].min() + 0.035)]
    edges = neighbour_edges(faces)
    normals = smooth(vertex_normals(points, faces), edges, 3, np.full(len(points), 0.5, dtype=np.float32))
    normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return Head(
        bone=body.bone("head"),
        chest_bone=body.bone("spine01"),
        points=points,
        normals=normals.astype(np.float32),
        faces=faces,
        influences=body.influences[used],
        weights=body.weights[used],
        lips=np.isin(used, np.unique(body.skin_faces[regions == FaceRegion.LIPS])),
        centre=np.array([joint[0], (skull[:, 1].min() + skull[:, 1].max()) / 2.0, eyes[:, 2].mean() + 0.02]),
        eyes=eyes.astype(np.float64),
        eye_radius=float(np.ptp(eye_points[eye_points[:, 0] >= 0, 0]) / 2.0),
        top=float(points[:, 2].max()),
        ear_top=float(ears[:, 2].max()),
        ear_bottom=float(ears[:, 2].min()),
        ear_y=float(ears[:, 1].mean()),
        ear_x=float(ears[:, 0].max()),
        nose_base=nose_base,
        mouth=float((lip_top + lip_low) / 2.0),
        mouth_half=float(np.ptp(lips[:, 0]) / 2.0),
        chin=float(chin_points[:, 2].min()) if len(chin_points) else float(lip_low - 0.04),
    )
