"""What people carry: backpacks, bags on a shoulder and bags in a hand, built on the standing person."""

import numpy as np
from numpy.typing import NDArray

from ccreid.parts import Part
from ccreid.wardrobe.colours import Colour
from ccreid.wardrobe.crowd_outfit import Bag
from ccreid.wardrobe.mesh import Material
from ccreid.wardrobe.surface import Floats, Look, Surface, grid_faces, rigid_surface, tube
from ccreid.wardrobe.wearer import Wearer

_ACROSS, _UP = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])


def make_bag(bag: Bag, wearer: Wearer, trunk: Floats, stand: NDArray[np.float64]) -> list[Surface]:
    """The pieces of a bag in the standing pose that the bone transforms `stand` give; they count as arms, as in ATR.

    Args:
        bag: What is carried.
        wearer: Who carries it.
        trunk: (V, 3) vertices of the upper garment in the standing pose.
        stand: (B, 3, 4) transforms of the bones that make the standing pose.
    """
    side = 1.0 if bag.left else -1.0
    if bag.style == "backpack":
        return _backpack(bag, wearer, trunk, stand)
    if bag.style == "shoulder":
        return _shoulder_bag(bag, wearer, trunk, stand, side)
    return _hand_bag(bag, wearer, stand, side)


def _backpack(bag: Bag, wearer: Wearer, trunk: Floats, stand: NDArray[np.float64]) -> list[Surface]:
    bone = wearer.body.bone("spine02")
    shoulder = _joint(wearer, stand, "upperarm.L")
    wide, tall, deep = 0.11 + 0.06 * bag.size, 0.17 + 0.09 * bag.size, 0.05 + 0.06 * bag.size
    top = shoulder[2] + 0.02
    middle = np.array([0.0, _reach(trunk, 0.0, 0.08, top - tall, 0.12, 1.0) + 0.75 * deep, top - tall])
    pieces = [_box(middle, (wide, deep, tall), bone, _look(bag.colour))]
    pocket = middle + np.array([0.0, 0.75 * deep, -0.4 * tall])
    pieces.append(_box(pocket, (0.75 * wide, 0.5 * deep, 0.4 * tall), bone, _look(bag.trim)))
    for side in (-1.0, 1.0):
        x = side * 0.62 * float(shoulder[0])
        heights = np.linspace(top - 0.3, top - 0.02, 6)
        front = [[x, _reach(trunk, x, 0.04, z, 0.03, -1.0) - 0.008, z] for z in heights]
        over = [[x, float(shoulder[1]), float(_height(trunk, x)) + 0.008]]
        back = [[0.9 * x, middle[1] - deep, top - 0.05]]
        path = np.array([*front, *over, *back])
        pieces.append(_cord(path, (0.022, 0.006), _ACROSS, bone, _look(bag.trim)))
    return pieces


def _shoulder_bag(bag: Bag, wearer: Wearer, trunk: Floats, stand: NDArray[np.float64], side: float) -> list[Surface]:
    bone = wearer.body.bone("spine04")
    shoulder, hip = _joint(wearer, stand, "upperarm.L"), _joint(wearer, stand, "upperleg.L")
    wide, tall, deep = 0.12 + 0.08 * bag.size, 0.09 + 0.09 * bag.size, 0.04 + 0.04 * bag.size
    beside = trunk[np.abs(trunk[:, 2] - hip[2] - 0.12) < 0.06]
    x = float(np.abs(beside[:, 0]).max()) if len(beside) else float(hip[0]) + 0.1
    low = hip[2] + 0.1 - 0.1 * bag.size
    middle = np.array([side * (x + 0.6 * deep), float(shoulder[1]) + 0.01, low])
    bottom = low + 0.8 * tall
    inner = 0.75 * float(shoulder[0])
    across = np.linspace(x + 0.3 * deep, inner, 7)
    heights = np.linspace(bottom, float(_height(trunk, side * inner)) + 0.01, 7)
    pieces = [_box(middle, (deep, wide, tall), bone, _look(bag.colour))]
    for forward in (-1.0, 1.0):
        y = middle[1] + forward * np.array([0.7, 0.75, 0.8, 0.8, 0.7, 0.45, 0.0]) * 0.13
        path = np.stack([side * across, y, heights], axis=1)
        pieces.append(_cord(path, (0.012, 0.005), np.array([0.0, 1.0, 0.0]), bone, _look(bag.trim)))
    return pieces


def _hand_bag(bag: Bag, wearer: Wearer, stand: NDArray[np.float64], side: float) -> list[Surface]:
    suffix = ".L" if side > 0 else ".R"
    bone = wearer.body.bone("wrist" + suffix)
    hand = _joint(wearer, stand, "finger3-1" + suffix)
    wide, tall, deep = 0.11 + 0.09 * bag.size, 0.09 + 0.1 * bag.size, 0.03 + 0.05 * bag.size
    middle = hand + np.array([0.0, 0.0, -0.13 - tall])
    pieces = [_box(middle, (deep, wide, tall), bone, _look(bag.colour))]
    arch = np.linspace(0.0, np.pi, 9)
    path = np.stack(
        [np.full(9, middle[0]), middle[1] + 0.6 * wide * np.cos(arch), middle[2] + tall + 0.11 * np.sin(arch)], axis=1
    )
    pieces.append(_cord(path, (0.008, 0.008), _ACROSS, bone, _look(bag.trim)))
    return pieces


def _box(middle: NDArray[np.float64], half: tuple[float, float, float], bone: int, look: Look) -> Surface:
    """A box with rounded edges."""
    turn = np.linspace(0.0, 2.0 * np.pi, 20, endpoint=False)
    tilt = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 11)

    def squared(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.sign(values) * np.abs(values) ** 0.4)

    ring = squared(np.cos(tilt))[:, None]
    points = np.stack(
        [
            half[0] * ring * squared(np.cos(turn)),
            half[1] * ring * squared(np.sin(turn)),
            half[2] * squared(np.sin(tilt))[:, None] + 0.0 * turn,
        ],
        axis=-1,
    )
    return rigid_surface(points.reshape(-1, 3) + middle, grid_faces(11, 20, closed=True), bone, look)


def _cord(
    path: NDArray[np.float64], half: tuple[float, float], across: NDArray[np.float64], bone: int, look: Look
) -> Surface:
    vertices, faces = tube(path, np.tile(np.array(half), (len(path), 1)), np.cross(across, _UP) + 0.01, 8)
    return rigid_surface(vertices, faces, bone, look)


def _look(colour: Colour) -> Look:
    return Look(Part.ARMS, Material(colour=colour, gloss=0.15, roughness=0.12))


def _joint(wearer: Wearer, stand: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    transform = stand[wearer.body.bone(name)]
    return np.asarray(transform[:, :3] @ wearer.joints[name] + transform[:, 3])


def _reach(trunk: Floats, x: float, wide: float, z: float, tall: float, way: float) -> float:
    """How far the trunk reaches along y, backwards for a way of 1 and forwards for -1, around a place."""
    near = trunk[(np.abs(trunk[:, 0] - x) < wide) & (np.abs(trunk[:, 2] - z) < tall), 1]
    return way * float((way * near).max()) if len(near) else way * 0.1


def _height(trunk: Floats, x: float) -> float:
    """How high the shoulder is at a place across."""
    near = trunk[np.abs(trunk[:, 0] - x) < 0.03, 2]
    return float(near.max()) if len(near) else float(trunk[:, 2].max())
