"""How people of a crowd walk."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from ccreid.wardrobe.body import Body
from ccreid.wardrobe.crowd_outfit import Bag
from ccreid.wardrobe.figure import Figure
from ccreid.wardrobe.identity import Identity, sample_identity
from ccreid.wardrobe.manner import Manner, sample_manner
from ccreid.wardrobe.outfit import Outfit


def test_some_stand_and_most_walk() -> None:
    rng = np.random.default_rng(0)
    gait = sample_identity(rng).gait
    paces = np.array([sample_manner(rng, gait).gait.stride / gait.stride for _ in range(300)])
    assert 0.1 < (paces < 0.4).mean() < 0.3


def test_both_arms_are_of_one_body() -> None:
    rng = np.random.default_rng(1)
    manner = sample_manner(rng, sample_identity(rng).gait)
    arms = ("elbow", "arm_swing")
    left, right = asdict(manner.gait), asdict(manner.right_arm)
    assert {key for key in left if left[key] != right[key]} <= set(arms)


@pytest.mark.parametrize("left", [True, False])
def test_an_arm_with_a_bag_in_its_hand_is_straight(left: bool) -> None:
    gait = replace(sample_identity(np.random.default_rng(2)).gait, elbow=1.5)
    held = Manner(gait, gait).carrying(Bag("hand", 0.5, left, (0, 0, 0), (0, 0, 0)))
    assert (held.gait.elbow < 0.5, held.right_arm.elbow < 0.5) == (left, not left)
    assert Manner(gait, gait).carrying(Bag("backpack", 0.5, left, (0, 0, 0), (0, 0, 0))) == Manner(gait, gait)
    assert Manner(gait, gait).carrying(None) == Manner(gait, gait)


@pytest.mark.slow
def test_only_the_right_arm_moves_by_its_own_gait(body: Body, figures: list[tuple[Identity, Outfit, Figure]]) -> None:
    identity, _, figure = figures[0]
    usual = figure.pose(0.4)
    same = figure.pose(0.4, Manner(identity.gait, identity.gait))
    assert np.array_equal(usual.vertices, same.vertices)
    bent = figure.pose(0.4, Manner(identity.gait, replace(identity.gait, elbow=1.8)))
    moved = np.abs(bent.vertices - usual.vertices).max(axis=1) > 1e-5
    assert moved.any()
    assert (usual.vertices[moved, 0] < 0).mean() > 0.99
