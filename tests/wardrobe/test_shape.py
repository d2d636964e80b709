"""Phenotypes and local changes against anny's own rules."""

from dataclasses import asdict, replace

import numpy as np
import torch
from anny.models.phenotype import PHENOTYPE_LABELS, make_phenotype_anchors, phenotype_blendshape_weights
from anny.models.phenotype import PHENOTYPE_VARIATIONS as VARIATIONS
from closeness import assert_close

from ccreid.wardrobe.body import Body
from ccreid.wardrobe.identity import Identity, sample_identity
from ccreid.wardrobe.shape import shape_amounts, shape_body


def draw(seed: int) -> Identity:
    return sample_identity(np.random.default_rng(seed))


def anny_amounts(body: Body, phenotype: dict[str, float]) -> np.ndarray:
    extremes = [extreme for choices in VARIATIONS.values() for extreme in choices]
    names = [name for name in body.shape_names if name[-1] not in "+-"]
    mask = torch.tensor([[float(extreme in name.split("-")) for extreme in extremes] for name in names])
    values = {**phenotype, "firmness": 0.5, "age": 2 / 3 + phenotype["age"] / 3}
    given = torch.tensor([[values[label] for label in PHENOTYPE_LABELS]])
    anchors = make_phenotype_anchors(torch.float32)
    return phenotype_blendshape_weights(given, PHENOTYPE_LABELS, anchors, mask, extrapolate=False)[0].numpy()


def test_phenotype_amounts_are_annys(body: Body) -> None:
    for seed in range(20):
        identity = draw(seed)
        expected = anny_amounts(body, asdict(identity.phenotype))
        amounts = shape_amounts(body, replace(identity, local_changes={}))
        phenotypic = np.array([name[-1] not in "+-" for name in body.shape_names])
        assert_close(amounts[phenotypic], expected, terms=8)
        assert not amounts[~phenotypic].any()


def test_a_local_change_uses_the_shape_of_its_sign(body: Body) -> None:
    identity = draw(0)
    for value, sign in ((0.4, "+"), (-0.7, "-")):
        amounts = shape_amounts(body, replace(identity, local_changes={"nose_width": value}))
        used = [name for name, amount in zip(body.shape_names, amounts, strict=True) if amount and name[-1] in "+-"]
        assert used == [f"nose_width{sign}"]
        assert amounts[body.shape_names.index(used[0])] == np.float32(abs(value))


def test_shapes_add_up(body: Body) -> None:
    identity = draw(3)
    amounts = shape_amounts(body, identity).astype(np.float64)
    slow = body.vertices + np.einsum("k,kvc->vc", amounts, body.shapes.astype(np.float64))
    joints = body.bone_heads + np.einsum("k,kbc->bc", amounts, body.bone_head_shapes.astype(np.float64))
    shape = shape_body(body, identity)
    assert_close(shape.vertices, slow, terms=len(amounts))
    assert_close(shape.joints, joints, terms=len(amounts))


def test_a_taller_phenotype_makes_a_taller_body(body: Body) -> None:
    identity = draw(1)
    heights = [
        np.ptp(shape_body(body, replace(identity, phenotype=replace(identity.phenotype, height=h))).vertices[:, 2])
        for h in (0.1, 0.5, 0.9)
    ]
    assert heights[0] + 0.1 < heights[1] < heights[2] - 0.1
