"""Dressed people in motion."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from closeness import assert_close

from ccreid.parts import Part
from ccreid.wardrobe.body import Body
from ccreid.wardrobe.figure import Figure
from ccreid.wardrobe.identity import Hair, Identity, sample_identity
from ccreid.wardrobe.mesh import FigureMesh
from ccreid.wardrobe.outfit import Outfit, sample_outfit

pytestmark = pytest.mark.slow

Figures = list[tuple[Identity, Outfit, Figure]]
PHASES = (0.0, 1.1, 2.7, 4.4)

PRINT_DIGEST = """
import hashlib, numpy as np
from ccreid.wardrobe.body_cache import load_body
from ccreid.wardrobe.figure import Figure
from ccreid.wardrobe.identity import sample_identity
from ccreid.wardrobe.outfit import sample_outfit
rng = np.random.default_rng({seed})
identity = sample_identity(rng)
mesh = Figure(load_body(), identity, sample_outfit(rng, identity)).pose(1.3)
arrays = (mesh.vertices, mesh.normals, mesh.rest, mesh.faces, mesh.face_part, mesh.face_material)
print(hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest())
"""


def dressed(body: Body, seed: int, *, upper: dict | None = None, lower: dict | None = None) -> FigureMesh:
    rng = np.random.default_rng(seed)
    identity = sample_identity(rng)
    outfit = sample_outfit(rng, identity)
    outfit = replace(outfit, upper=replace(outfit.upper, **upper or {}), lower=replace(outfit.lower, **lower or {}))
    return Figure(body, identity, outfit).pose(0.4)


def places(mesh: FigureMesh, part: Part) -> np.ndarray:
    return mesh.vertices[np.unique(mesh.faces[mesh.face_part == part])]


def test_meshes_are_sound(figures: Figures) -> None:
    for _, _, figure in figures:
        for phase in PHASES:
            mesh = figure.pose(phase)
            count = len(mesh.vertices)
            assert mesh.vertices.dtype == mesh.normals.dtype == mesh.rest.dtype == np.float32
            assert mesh.vertices.shape == mesh.normals.shape == mesh.rest.shape
            assert mesh.faces.dtype == np.int32
            assert mesh.faces.min() >= 0 and mesh.faces.max() < count
            assert mesh.face_part.dtype == mesh.face_material.dtype == np.uint8
            assert len(mesh.faces) == len(mesh.face_part) == len(mesh.face_material)
            assert mesh.face_material.max() < len(mesh.materials) <= 256
            assert np.isfinite(mesh.vertices).all()
            assert_close(np.linalg.norm(mesh.normals, axis=1), np.ones(count), terms=3)


def test_people_stand_on_the_ground_over_the_origin(figures: Figures) -> None:
    for _, _, figure in figures:
        for phase in PHASES:
            vertices = figure.pose(phase).vertices
            assert abs(vertices[:, 2].min()) < 0.03
            assert 1.38 < vertices[:, 2].max() < 2.25
            assert np.abs(vertices[:, :2].mean(axis=0)).max() < 0.3
            assert np.ptp(vertices[:, 0]) < 1.3


def test_no_triangle_is_torn_by_the_walk(figures: Figures) -> None:
    def edges(places: np.ndarray, faces: np.ndarray) -> np.ndarray:
        corners = places[faces]
        return np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)

    for _, _, figure in figures:
        for phase in PHASES:
            mesh = figure.pose(phase)
            assert (edges(mesh.vertices, mesh.faces) < 1.6 * edges(mesh.rest, mesh.faces) + 0.05).all()


def test_parts_lie_where_they_belong(figures: Figures) -> None:
    for _, _, figure in figures:
        mesh = figure.pose(0.0)
        top = mesh.vertices[:, 2].max()
        middle = {part: float(np.median(places(mesh, part)[:, 2])) for part in Part if (mesh.face_part == part).any()}
        assert Part.BACKGROUND not in middle
        assert middle[Part.HEAD] > 0.75 * top
        assert middle[Part.HEAD] > middle[Part.UPPER_CLOTHES] > middle[Part.LEGS]
        assert middle[Part.LEGS] < 0.35 * top
        assert places(mesh, Part.HEAD)[:, 2].max() > 0.99 * top


def test_the_same_person_is_bit_identical_in_another_process() -> None:
    digests = set()
    for threads in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", PRINT_DIGEST.format(seed=4)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def test_posing_leaves_no_trace(body: Body) -> None:
    rng = np.random.default_rng(9)
    identity = sample_identity(rng)
    figure = Figure(body, identity, sample_outfit(rng, identity))
    first = figure.pose(0.7)
    figure.pose(3.0)
    again = figure.pose(0.7)
    np.testing.assert_array_equal(first.vertices, again.vertices)
    np.testing.assert_array_equal(first.normals, again.normals)


def test_a_dress_counts_as_upper_clothes_and_a_skirt_as_pants(body: Body) -> None:
    dress = dressed(body, 2, upper={"style": "dress", "length": 0.5}, lower={"style": "skirt"})
    assert not (dress.face_part == Part.PANTS).any()
    assert places(dress, Part.UPPER_CLOTHES)[:, 2].min() < 0.4 * dress.vertices[:, 2].max()
    skirt = dressed(body, 2, upper={"style": "tshirt"}, lower={"style": "skirt", "length": 0.5})
    assert places(skirt, Part.PANTS)[:, 2].min() < 0.4 * skirt.vertices[:, 2].max()


def test_sleeves_and_trouser_legs_hide_skin(body: Body) -> None:
    bare = dressed(body, 2, upper={"style": "tshirt", "sleeve": 0.0}, lower={"style": "shorts", "length": 0.0})
    clad = dressed(
        body, 2, upper={"style": "longsleeve", "sleeve": 1.0}, lower={"style": "trousers", "length": 1.0, "fit": 0.5}
    )
    assert np.ptp(places(bare, Part.ARMS)[:, 2]) > np.ptp(places(clad, Part.ARMS)[:, 2]) + 0.25
    assert places(bare, Part.LEGS)[:, 2].max() > places(clad, Part.LEGS)[:, 2].max() + 0.25


def test_a_wide_fit_stands_off_the_body(body: Body) -> None:
    widths = []
    for fit in (0.0, 1.0):
        mesh = dressed(body, 3, upper={"style": "tshirt", "fit": fit, "tucked": False, "length": 1.0, "flare": 0.5})
        cloth = places(mesh, Part.UPPER_CLOTHES)
        low = cloth[np.abs(cloth[:, 2] - (cloth[:, 2].min() + 0.08)) < 0.03]
        widths.append(np.ptp(low[:, 1]))
    assert widths[1] > widths[0] + 0.01


def test_clothes_leave_the_face_hair_and_skin_colour_alone(body: Body) -> None:
    rng = np.random.default_rng(12)
    identity = sample_identity(rng)
    first, second = (Figure(body, identity, sample_outfit(rng, identity)).pose(0.0) for _ in range(2))
    for mesh in (first, second):
        head = {mesh.materials[number] for number in np.unique(mesh.face_material[mesh.face_part == Part.HEAD])}
        assert identity.skin in {material.colour for material in head}
        assert identity.hair.style == "bald" or identity.hair.colour in {material.colour for material in head}
    assert {m.colour for m in first.materials} != {m.colour for m in second.materials}


def test_every_hair_style_beard_and_pair_of_glasses_can_be_worn(body: Body) -> None:
    rng = np.random.default_rng(13)
    identity = sample_identity(rng)
    outfit = sample_outfit(rng, identity)
    sizes = set()
    for style in ("bald", "buzz", "short", "curly", "afro", "bob", "long", "ponytail", "bun"):
        hair: Hair = replace(identity.hair, style=style)  # type: ignore[arg-type]
        mesh = Figure(body, replace(identity, hair=hair, beard="none", glasses="none"), outfit).pose(0.0)
        head = places(mesh, Part.HEAD)
        sizes.add((len(head), round(float(np.ptp(head[:, 2])), 4)))
    assert len(sizes) == 9
    plain = Figure(body, replace(identity, beard="none", glasses="none"), outfit).pose(0.0)
    for change in ({"beard": b} for b in ("stubble", "moustache", "goatee", "full")):
        assert len(Figure(body, replace(identity, **{"glasses": "none", **change}), outfit).pose(0.0).faces) > len(
            plain.faces
        )
    for change in ({"glasses": g} for g in ("clear", "dark")):
        assert len(Figure(body, replace(identity, **{"beard": "none", **change}), outfit).pose(0.0).faces) > len(
            plain.faces
        )


def test_patterns_stick_to_the_cloth(figures: Figures) -> None:
    _, _, figure = figures[0]
    first, second = figure.pose(0.2), figure.pose(2.0)
    assert first.rest is second.rest
    assert not np.array_equal(first.vertices, second.vertices)


def test_unusual_clothes_can_still_be_made(body: Body) -> None:
    extremes: list[tuple[dict, dict]] = [
        ({"style": "coat", "length": 1.0, "fit": 1.0, "flare": 1.0}, {"style": "skirt", "length": 1.0, "flare": 1.0}),
        ({"style": "dress", "length": 1.0, "sleeve": 0.0, "flare": 0.0}, {"style": "trousers", "fit": 0.1}),
        ({"style": "hoodie", "fit": 0.0, "length": 0.0}, {"style": "shorts", "fit": 1.0, "length": 0.0}),
        ({"style": "longsleeve", "tucked": True, "neckline": 1.0}, {"style": "trousers", "flare": 1.0}),
    ]
    for upper, lower in extremes:
        mesh = dressed(body, 6, upper=upper, lower=lower)
        assert np.isfinite(mesh.vertices).all()
        assert np.abs(mesh.vertices).max() < 2.5
        assert {Part.HEAD, Part.UPPER_CLOTHES, Part.ARMS, Part.LEGS} <= set(mesh.face_part.tolist())
