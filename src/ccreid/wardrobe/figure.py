"""A dressed person who walks: builds all pieces once for an identity and an outfit, then poses them."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part
from ccreid.wardrobe.bags import make_bag
from ccreid.wardrobe.body import Body
from ccreid.wardrobe.collars import make_collar
from ccreid.wardrobe.crowd_outfit import Bag
from ccreid.wardrobe.face import make_face
from ccreid.wardrobe.gait import standing_turns, walking_turns
from ccreid.wardrobe.garments import Garment, make_lower, make_upper
from ccreid.wardrobe.hair import make_hair
from ccreid.wardrobe.head import find_head
from ccreid.wardrobe.identity import Identity
from ccreid.wardrobe.manner import Manner
from ccreid.wardrobe.mesh import FigureMesh, Material
from ccreid.wardrobe.nude import make_skin
from ccreid.wardrobe.outfit import Outfit
from ccreid.wardrobe.shape import shape_body
from ccreid.wardrobe.shoes import make_footwear, skin_in_shoes
from ccreid.wardrobe.skeleton import bone_transforms, skin, vertex_normals
from ccreid.wardrobe.skirts import make_drapes, skin_under_drapes
from ccreid.wardrobe.surface import Floats, Surface
from ccreid.wardrobe.wearer import Wearer, measure

Scalar = TypeVar("Scalar", bound=np.generic)

_SKIRT_LAYER = 0.024  # metres that the top of a skirt stands off the shell


class Figure:
    """One person in one outfit.

    The same arguments give bit-identical meshes in any process.

    Args:
        body: What `load_body` returns.
        identity: Who it is.
        outfit: What they wear.
        bag: What they carry.
        wearer: Their measurements, where an earlier outfit has taken them.

    Example:
        >>> from ccreid.wardrobe.body_cache import load_body
        >>> from ccreid.wardrobe.identity import sample_identity
        >>> from ccreid.wardrobe.outfit import sample_outfit
        >>> rng = np.random.default_rng(7)
        >>> identity = sample_identity(rng)
        >>> mesh = Figure(load_body(), identity, sample_outfit(rng, identity)).pose(phase=0.0)
        >>> 1.4 < float(mesh.vertices[:, 2].max()) < 2.2  # metres
        True
    """

    def __init__(
        self, body: Body, identity: Identity, outfit: Outfit, bag: Bag | None = None, wearer: Wearer | None = None
    ) -> None:
        self._body = body
        self._gait = identity.gait
        wearer = wearer or measure(body, shape_body(body, identity))
        lower = make_lower(wearer, outfit)
        under = np.full(len(wearer.shell.points), _SKIRT_LAYER, dtype=np.float32) if lower is None else lower.layer
        upper = make_upper(wearer, outfit, None if outfit.upper.tucked else under)
        garments = [upper] if lower is None else [upper, lower]

        turns = standing_turns(body, _joint_array(wearer), identity.gait, _arm_spread(wearer, identity, garments))
        stand = bone_transforms(body.bone_parents, _joint_array(wearer), turns, np.zeros(3))
        joints = _joint_array(wearer).astype(np.float64)
        self._joints = (np.einsum("bij,bj->bi", stand[:, :, :3], joints) + stand[:, :, 3]).astype(np.float32)

        hidden = skin_in_shoes(wearer, outfit) | skin_under_drapes(wearer, outfit)
        pieces = make_skin(wearer, identity, garments, hidden)
        pieces += [piece for garment in garments for piece in garment.pieces]
        pieces = [piece.with_vertices(skin(piece.vertices, piece.influences, piece.weights, stand)) for piece in pieces]
        pieces += make_collar(wearer, outfit, upper)
        head = find_head(wearer, stand)
        trunk = np.concatenate([piece.vertices for piece in pieces if piece.looks[0].part == Part.UPPER_CLOTHES])
        pieces += make_hair(head, identity, trunk)
        pieces += make_face(head, identity)
        pieces += make_footwear(wearer, outfit, lower, identity.gait.toe_out, stand)
        if bag is not None:
            pieces += make_bag(bag, wearer, trunk, stand)
        self._drapes = make_drapes(wearer, outfit, garments, stand)
        self._assemble(pieces)

    def _assemble(self, pieces: list[Surface]) -> None:
        materials: dict[Material, int] = {}
        faces, parts, looks = [], [], []
        start = 0
        for piece_faces, face_looks, piece_looks, count in [
            *((p.faces, p.face_looks, p.looks, len(p.vertices)) for p in pieces),
            *((d.faces, np.zeros(len(d.faces), np.uint8), (d.look,), d.vertex_count) for d in self._drapes),
        ]:
            faces.append(piece_faces + start)
            start += count
            numbers = [materials.setdefault(look.material, len(materials)) for look in piece_looks]
            parts.append(np.array([look.part for look in piece_looks], dtype=np.uint8)[face_looks])
            looks.append(np.array(numbers, dtype=np.uint8)[face_looks])
        self._faces = _frozen(np.concatenate(faces).astype(np.int32))
        self._face_part = _frozen(np.concatenate(parts))
        self._face_material = _frozen(np.concatenate(looks))
        self._materials = tuple(materials)
        self._skinned = np.concatenate([piece.vertices for piece in pieces])
        self._influences = np.concatenate([piece.influences for piece in pieces])
        self._weights = np.concatenate([piece.weights for piece in pieces])
        still = np.tile(np.eye(3, 4), (len(self._joints), 1, 1))
        hanging = [drape.vertices(still, self._legs(self._joints.astype(np.float64))) for drape in self._drapes]
        rest = np.concatenate([self._skinned, *hanging])
        rest[:, 2] -= rest[:, 2].min()
        self._rest = _frozen(rest)

    def pose(self, phase: float, manner: Manner | None = None) -> FigureMesh:
        """The person at a phase of the walk, the lowest foot on the ground.

        Args:
            phase: Radians; 2 pi is a full cycle of two steps, 0 the left heel's contact.
            manner: How they walk this time, in place of the identity's gait.
        """
        turns = walking_turns(self._body, self._gait if manner is None else manner.gait, phase)
        if manner is not None:
            right = [index for index, name in enumerate(self._body.bone_names) if _is_right_arm(name)]
            turns[right] = walking_turns(self._body, manner.right_arm, phase)[right]
        transforms = bone_transforms(self._body.bone_parents, self._joints, turns, np.zeros(3))
        joints = np.einsum("bij,bj->bi", transforms[:, :, :3], self._joints) + transforms[:, :, 3]
        skinned = skin(self._skinned, self._influences, self._weights, transforms)
        legs = self._legs(joints)
        vertices = np.concatenate([skinned, *(drape.vertices(transforms, legs) for drape in self._drapes)])
        vertices[:, 2] -= skinned[:, 2].min()
        return FigureMesh(
            vertices=vertices,
            normals=vertex_normals(vertices, self._faces),
            rest=self._rest,
            faces=self._faces,
            face_part=self._face_part,
            face_material=self._face_material,
            materials=self._materials,
        )

    def _legs(self, joints: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hip, knee and ankle of both legs, (2, 3, 3)."""
        bones = [[self._body.bone(name + side) for name in ("upperleg", "lowerleg", "foot")] for side in (".L", ".R")]
        return np.ascontiguousarray(joints[np.array(bones)])


def _joint_array(wearer: Wearer) -> Floats:
    return np.stack([wearer.joints[name] for name in wearer.body.bone_names]).astype(np.float32)


def _arm_spread(wearer: Wearer, identity: Identity, garments: list[Garment]) -> float:
    """The least angle between hanging arms and the vertical that keeps the hands off the hips and the clothes."""
    shell = wearer.shell
    beside = (shell.arm_share < 0.05) & (shell.points[:, 2] < wearer.joints["spine03"][2])
    beside &= shell.leg_reach < 0.35
    thickness = np.max([garment.layer for garment in garments], axis=0)[beside]
    half_width = float((np.abs(shell.points[beside, 0]) + np.minimum(thickness, 0.06)).max())
    joint = wearer.joints
    upper = float(np.linalg.norm(joint["lowerarm.L"] - joint["upperarm.L"]))
    lower = float(np.linalg.norm(joint["wrist.L"] - joint["lowerarm.L"]))
    needed = (half_width + 0.035 - joint["upperarm.L"][0]) / (upper + 0.45 * lower)
    return float(np.clip(max(np.arcsin(np.clip(needed, -0.5, 0.6)), identity.gait.arm_spread), 0.03, 0.5))


def _is_right_arm(name: str) -> bool:
    return name.endswith(".R") and name.startswith(("shoulder", "upperarm", "lowerarm", "wrist"))


def _frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.setflags(write=False)
    return array
