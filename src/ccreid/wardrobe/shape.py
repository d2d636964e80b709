"""Shapes the template body into one person: anny's phenotype rules and the local changes, in numpy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccreid.wardrobe.body import Body
from ccreid.wardrobe.identity import Identity, Phenotype


@dataclass(frozen=True)
class BodyShape:
    """One person's undressed body in the template's pose.

    Attributes:
        vertices: float32 (V, 3) as `Body.vertices`.
        joints: float32 (B, 3) as `Body.bone_heads`.
    """

    vertices: NDArray[np.float32]
    joints: NDArray[np.float32]


def shape_body(body: Body, identity: Identity) -> BodyShape:
    """Adds up the shapes that the identity's phenotype and local changes ask for.

    Args:
        body: The template.
        identity: Whose shape it becomes.
    """
    amounts = shape_amounts(body, identity)
    vertices = body.vertices.copy()
    joints = body.bone_heads.copy()
    for index in np.flatnonzero(np.abs(amounts) > 1e-4):
        vertices += amounts[index] * body.shapes[index]
        joints += amounts[index] * body.bone_head_shapes[index]
    return BodyShape(vertices, joints)


def shape_amounts(body: Body, identity: Identity) -> NDArray[np.float32]:
    """How much of each of the K shapes goes in.

    A phenotype shape is named by the extremes that it was modelled for ("female-old-maxmuscle-minweight-maxheight");
    its amount is the product of the phenotype's closeness to each, linear between neighbouring extremes.

    Args:
        body: The template, with K shapes.
        identity: Whose shape it becomes.
    """
    closeness = _closeness(identity.phenotype)
    amounts = np.zeros(len(body.shape_names), dtype=np.float32)
    for index, name in enumerate(body.shape_names):
        if name[-1] in "+-":
            value = identity.local_changes.get(name[:-1], 0.0)
            amounts[index] = max(value, 0.0) if name[-1] == "+" else max(-value, 0.0)
            continue
        amount = 1.0
        for extreme in name.split("-"):
            amount *= closeness[extreme]
        amounts[index] = amount
    return amounts


def _closeness(phenotype: Phenotype) -> dict[str, float]:
    closeness = {
        "universal": 1.0,
        "averagefirmness": 1.0,
        "male": 1.0 - phenotype.gender,
        "female": phenotype.gender,
        "young": 1.0 - phenotype.age,
        "old": phenotype.age,
        "minheight": 1.0 - phenotype.height,
        "maxheight": phenotype.height,
        "idealproportions": 1.0 - phenotype.proportions,
        "uncommonproportions": phenotype.proportions,
        "african": phenotype.african,
        "asian": phenotype.asian,
        "caucasian": phenotype.caucasian,
    }
    for name, value in (("muscle", phenotype.muscle), ("weight", phenotype.weight), ("cup", phenotype.cupsize)):
        closeness[f"min{name}"] = max(1.0 - 2.0 * value, 0.0)
        closeness[f"max{name}"] = max(2.0 * value - 1.0, 0.0)
        closeness[f"average{name}"] = 1.0 - abs(2.0 * value - 1.0)
    return closeness
