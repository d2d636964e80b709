"""Hanging cloth."""

import numpy as np
import pytest
from closeness import assert_close

from ccreid.parts import Part
from ccreid.wardrobe import drape as drape_module
from ccreid.wardrobe.drape import Drape, make_drape
from ccreid.wardrobe.mesh import Material
from ccreid.wardrobe.rotation import about_x
from ccreid.wardrobe.surface import Look

RADIUS = 0.07


def skirt(open_front: float = 0.0, flare: float = 0.1) -> Drape:
    angle, height = np.meshgrid(np.linspace(0, 2 * np.pi, 40), np.linspace(0.85, 1.1, 12))
    trunk = np.stack([0.17 * np.cos(angle), 0.12 * np.sin(angle), height], axis=-1).reshape(-1, 3)
    return make_drape(
        around=trunk.astype(np.float32),
        carried=np.ones((len(trunk), 1)),
        top=1.05,
        hem=0.45,
        flare=flare,
        slack=0.01,
        folds=(8, 0.0, 0.0),
        open_front=open_front,
        leg_radii=np.full(13, RADIUS),
        trunk_low=0.9,
        look=Look(Part.PANTS, Material(colour=(0.1, 0.2, 0.3))),
    )


def legs(forward: float, backward: float, knee: float) -> np.ndarray:
    """Hip, knee and ankle of a left leg that swings forward and a right one that trails with a bent knee."""
    places = []
    for x, swing, bend in ((0.09, -forward, 0.0), (-0.09, backward, knee)):
        hip = np.array([x, 0.0, 0.95])
        thigh = hip + about_x(swing) @ (0.0, 0.0, -0.42)
        places.append([hip, thigh, thigh + about_x(swing + bend) @ (0.0, 0.0, -0.42)])
    return np.array(places)


STILL = np.eye(3, 4)[None]


@pytest.fixture(params=["compiled", "python"])
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test with the compiled functions and with the Python that they are compiled from."""
    if request.param == "python":
        for name in ("_hang", "_push_by_leg", "_radii"):
            monkeypatch.setattr(drape_module, name, getattr(drape_module, name).py_func)
    return str(request.param)


@pytest.mark.parametrize(
    ("forward", "backward", "knee"), [(0, 0, 0), (0.5, 0.2, 0.1), (0.3, 0.2, 0.9), (0.6, 0.4, 0.5)]
)
def test_no_leg_leaves_the_cloth(forward: float, backward: float, knee: float) -> None:
    drape, bones = skirt(), legs(forward, backward, knee)
    rings = drape.vertices(STILL, bones).reshape(len(drape.heights), -1, 3).astype(np.float64)
    hem = rings[:, :, 2].min()
    checked = 0
    for leg in bones:
        for share in np.linspace(0.1, 1.9, 30):
            point = leg[0] + (leg[1] - leg[0]) * min(share, 1.0) + (leg[2] - leg[1]) * max(share - 1.0, 0.0)
            if not hem + 0.12 < point[2] < 0.95:
                continue
            angle = np.arctan2(point[1] - drape.centre[1], point[0] - drape.centre[0])
            column = int(np.argmin(np.abs(np.angle(np.exp(1j * (drape.columns - angle))))))
            line = rings[:, column]
            cloth = np.interp(-point[2], -line[:, 2], np.hypot(*(line[:, :2] - drape.centre).T))
            if point[2] < line[:, 2].min():
                continue
            assert cloth > np.hypot(*(point[:2] - drape.centre)) + 0.5 * RADIUS
            checked += 1
    assert checked > 10


@pytest.mark.usefixtures("version")
def test_cloth_keeps_its_length_when_a_leg_pushes_it() -> None:
    drape = skirt()
    lengths = []
    for bones in (legs(0, 0, 0), legs(0.6, 0.4, 0.5)):
        rings = drape.vertices(STILL, bones).reshape(len(drape.heights), -1, 3).astype(np.float64)
        lengths.append(np.linalg.norm(np.diff(rings, axis=0), axis=2).sum(axis=0))
    np.testing.assert_allclose(lengths[1], lengths[0], rtol=0.08)


def test_an_open_front_stays_open() -> None:
    drape = skirt(open_front=0.3)
    points = drape.vertices(STILL, legs(0.4, 0.2, 0.3)).astype(np.float64)
    angle = np.arctan2(points[:, 0] - drape.centre[0], -(points[:, 1] - drape.centre[1]))
    assert np.abs(angle).min() > 0.29
    assert drape.vertex_count == len(points)
    assert drape.faces.max() < len(points)


def test_cloth_moves_with_the_pelvis() -> None:
    drape, bones = skirt(), legs(0.3, 0.1, 0.2)
    turn, shift = about_x(0.3), np.array([0.1, -0.2, 0.05])
    moved = drape.vertices(np.concatenate([turn, shift[:, None]], axis=1)[None], bones @ turn.T + shift)
    assert_close(moved, drape.vertices(STILL, bones) @ turn.T + shift, terms=4)
