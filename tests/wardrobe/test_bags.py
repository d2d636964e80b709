"""Bags on the people who carry them."""

import numpy as np
import pytest

from ccreid.parts import Part
from ccreid.wardrobe.body import Body
from ccreid.wardrobe.crowd_outfit import Bag, BagStyle, sample_bag
from ccreid.wardrobe.figure import Figure
from ccreid.wardrobe.identity import Identity
from ccreid.wardrobe.mesh import FigureMesh
from ccreid.wardrobe.outfit import Outfit

pytestmark = pytest.mark.slow

COLOUR = (0.1234, 0.2, 0.3)


def _carried(body: Body, identity: Identity, outfit: Outfit, style: BagStyle, *, left: bool) -> np.ndarray:
    """Return the vertices of the bag's faces of its own colour, in one pose."""
    mesh = Figure(body, identity, outfit, Bag(style, 0.5, left, COLOUR, COLOUR)).pose(0.9)
    return _coloured(mesh)


def _coloured(mesh: FigureMesh) -> np.ndarray:
    number = [material.colour for material in mesh.materials].index(COLOUR)
    own = mesh.face_material == number
    assert (mesh.face_part[own] == Part.ARMS).all()
    return mesh.vertices[np.unique(mesh.faces[own])]


def test_a_backpack_is_on_the_back_between_head_and_legs(
    body: Body, figures: list[tuple[Identity, Outfit, Figure]]
) -> None:
    for identity, outfit, figure in figures[:6]:
        bag = _carried(body, identity, outfit, "backpack", left=False)
        person = figure.pose(0.9).vertices
        assert bag[:, 1].max() > person[:, 1].max() - 0.35
        assert abs(bag[:, 0].mean()) < 0.1
        assert 0.4 * person[:, 2].max() < bag[:, 2].mean() < 0.9 * person[:, 2].max()


@pytest.mark.parametrize("style", ["shoulder", "hand"])
def test_a_bag_is_on_its_side(body: Body, figures: list[tuple[Identity, Outfit, Figure]], style: BagStyle) -> None:
    for identity, outfit, _ in figures[:4]:
        assert _carried(body, identity, outfit, style, left=True)[:, 0].mean() > 0.08
        assert _carried(body, identity, outfit, style, left=False)[:, 0].mean() < -0.08


def test_a_bag_changes_nothing_else(body: Body, figures: list[tuple[Identity, Outfit, Figure]]) -> None:
    identity, outfit, figure = figures[2]
    with_bag = Figure(body, identity, outfit, Bag("hand", 0.5, True, COLOUR, COLOUR)).pose(0.9)
    alone = figure.pose(0.9)
    places = {tuple(vertex) for vertex in with_bag.vertices.round(5).tolist()}
    assert all(tuple(vertex) in places for vertex in alone.vertices.round(5).tolist())


def test_half_of_the_people_carry_nothing() -> None:
    rng = np.random.default_rng(0)
    bags = [sample_bag(rng) for _ in range(600)]
    assert 0.42 < sum(bag is None for bag in bags) / 600 < 0.58
    assert {bag.style for bag in bags if bag} == {"backpack", "shoulder", "hand"}
