"""What the figures hand to the camera: a posed, dressed person as triangles with parts and materials."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Pattern(IntEnum):
    """How a material mixes its two colours over the surface."""

    PLAIN = 0
    STRIPES_ACROSS = 1
    STRIPES_ALONG = 2
    CHECKS = 3
    GRADIENT = 4
    PRINT = 5
    BLOTCHES = 6
    DOTS = 7
    PLAID = 8
    CAMOUFLAGE = 9
    YOKE = 10
    LETTERS = 11


@dataclass(frozen=True)
class Material:
    """The look of one surface.

    Attributes:
        colour: sRGB in 0..1, the ground colour.
        accent: sRGB in 0..1, the pattern's second colour (ignored for plain surfaces).
        pattern: How the two mix.
        scale: Period of the pattern in metres (for a gradient and a print: its extent).
        origin: Point (x, y, z) in rest-pose metres that the pattern is anchored to.
        gloss: Strength of the highlight, 0 (cloth) to 1 (glass).
        roughness: Strength of fine irregular shading in 0..1 (hair strands, knitwear), 0 for smooth skin.
    """

    colour: tuple[float, float, float]
    accent: tuple[float, float, float] = (0.0, 0.0, 0.0)
    pattern: Pattern = Pattern.PLAIN
    scale: float = 0.1
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gloss: float = 0.0
    roughness: float = 0.0


@dataclass(frozen=True)
class FigureMesh:
    """One person in one pose.

    World axes: z up, the ground is z = 0, the person stands over the origin and faces -y; lengths in metres.

    Attributes:
        vertices: float32 (V, 3).
        normals: float32 (V, 3), unit length, outwards.
        rest: float32 (V, 3), each vertex's place in the rest pose, so that patterns stick to the cloth.
        faces: int32 (F, 3) indices into the vertices, drawn from both sides.
        face_part: uint8 (F,), a `ccreid.parts.Part`.
        face_material: uint8 (F,) index into `materials`.
        materials: The looks that the faces refer to.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    rest: NDArray[np.float32]
    faces: NDArray[np.int32]
    face_part: NDArray[np.uint8]
    face_material: NDArray[np.uint8]
    materials: tuple[Material, ...]
