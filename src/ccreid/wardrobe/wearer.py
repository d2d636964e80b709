"""The tailor's measurements of one person: where the trunk, the arms and the legs are on the skin and on the shell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe.body import Body
from ccreid.wardrobe.shape import BodyShape
from ccreid.wardrobe.skeleton import vertex_normals
from ccreid.wardrobe.surface import Floats, Ints, neighbour_edges

_SIDES = (".L", ".R")


@dataclass(frozen=True)
class Measures:
    """Coordinates along the body of vertices in the template's pose.

    Attributes:
        points: (V, 3).
        arm_share: (V,) how much an arm carries each vertex, 0..1.
        arm_reach: (V,) place along the arm: 0 shoulder, 1 elbow, 2 wrist; 0 on the trunk.
        leg_reach: (V,) place along the leg: 0 hip, 1 knee, 2 ankle; negative above the hips and -1 on the arms.
    """

    points: Floats
    arm_share: Floats
    arm_reach: Floats
    leg_reach: Floats


@dataclass(frozen=True)
class Wearer:
    """One person's body in the template's pose, ready to be dressed.

    Attributes:
        body: The template.
        vertices: (V, 3) of all the body's vertices.
        joints: Name to (3,).
        skin: Measures of all the body's vertices (only the skin's are of use).
        shell: Measures of the shell's vertices.
        shell_normals: (S, 3).
        shell_faces: (F, 3) into the shell's vertices.
        shell_edges: (E, 2).
        shell_influences: (S, 4).
        shell_weights: (S, 4).
        crotch: Height of the crotch.
        trunk_y: y of the trunk's vertical axis.
        neck_radius: Half the neck's width, metres.
    """

    body: Body
    vertices: Floats
    joints: dict[str, NDArray[np.float64]]
    skin: Measures
    shell: Measures
    shell_normals: Floats
    shell_faces: Ints
    shell_edges: Ints
    shell_influences: NDArray[np.uint8]
    shell_weights: Floats
    crotch: float
    trunk_y: float
    neck_radius: float

    def neck_plane(self, y: NDArray[np.floating]) -> NDArray[np.float64]:
        """Height (N,) of the base of the neck, which slopes down to the front."""
        back, front = self.joints["neck01"], self.joints["clavicle.L"]
        share = np.clip((y - (self.trunk_y - 0.075)) / 0.13, -0.5, 0.9)
        return np.asarray(front[2] + 0.012 + (back[2] + 0.016 - front[2]) * share)


def measure(body: Body, shape: BodyShape) -> Wearer:
    """Takes the measurements of a shaped body.

    Args:
        body: The template.
        shape: The body's shape.
    """
    joints = {name: shape.joints[i].astype(np.float64) for i, name in enumerate(body.bone_names)}
    first = int(body.shell_faces.min())
    faces = (body.shell_faces - first).astype(np.int32)
    points = np.ascontiguousarray(shape.vertices[first:])
    shell = _measures(body, joints, points, body.influences[first:], body.weights[first:])
    middle = np.abs(points[:, 0]) < 0.02
    trunk = (shell.arm_share < 0.1) & (points[:, 2] > joints["spine04"][2])
    ys = points[trunk, 1]
    neck = shape.vertices[:first]
    neck = neck[np.abs(neck[:, 2] - joints["neck02"][2]) < 0.012]
    return Wearer(
        body=body,
        vertices=shape.vertices,
        joints=joints,
        skin=_measures(body, joints, shape.vertices, body.influences, body.weights),
        shell=shell,
        shell_normals=vertex_normals(points, faces),
        shell_faces=faces,
        shell_edges=neighbour_edges(faces),
        shell_influences=body.influences[first:],
        shell_weights=body.weights[first:],
        crotch=float(points[middle, 2].min()),
        trunk_y=float((ys.min() + ys.max()) / 2.0),
        neck_radius=float(np.abs(neck[:, 0]).max()),
    )


def measure_cloth(wearer: Wearer, points: Floats) -> Measures:
    """Measures of cloth whose vertices (S, 3) are the shell's, moved.

    Args:
        wearer: Who wears it.
        points: (S, 3) vertices of the cloth, metres.
    """
    return _measures(wearer.body, wearer.joints, points, wearer.shell_influences, wearer.shell_weights)


def bone_share(body: Body, influences: NDArray[np.uint8], weights: Floats, stems: tuple[str, ...]) -> Floats:
    """How much (V,) the bones whose names start with one of the stems carry each vertex.

    Args:
        body: Has the bones.
        influences: (V, 4) bones that carry each vertex.
        weights: (V, 4), each row sums to 1.
        stems: What the bones' names start with.
    """
    chosen = np.array([name.startswith(stems) for name in body.bone_names], dtype=np.float32)
    return np.asarray((chosen[influences] * weights).sum(axis=1))


def _measures(
    body: Body, joints: dict[str, NDArray[np.float64]], points: Floats, influences: NDArray[np.uint8], weights: Floats
) -> Measures:
    arm_share = bone_share(body, influences, weights, ("upperarm", "lowerarm", "wrist", "finger"))
    arm = np.zeros(len(points))
    leg = np.zeros(len(points))
    for side, of_side in zip(_SIDES, (points[:, 0] >= 0, points[:, 0] < 0), strict=True):
        places = points[of_side]
        arm[of_side] = _reach(places, joints["upperarm" + side], joints["lowerarm" + side], joints["wrist" + side])
        leg[of_side] = _reach(places, joints["upperleg" + side], joints["lowerleg" + side], joints["foot" + side])
    belongs = np.clip((arm_share - 0.05) / 0.6, 0.0, 1.0)
    arm = np.where(arm > 0.0, arm * belongs, 0.0)
    leg = np.where(arm_share > 0.25, -1.0, leg)
    return Measures(points, arm_share, arm.astype(np.float32), leg.astype(np.float32))


def _reach(
    points: Floats, start: NDArray[np.float64], middle: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    first, second = middle - start, end - middle
    along_first = (points - start) @ first / (first @ first)
    along_second = (points - middle) @ second / (second @ second)
    return np.asarray(np.minimum(along_first, 1.0) + np.maximum(along_second, 0.0))
