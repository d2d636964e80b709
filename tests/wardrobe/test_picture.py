import numpy as np
import pytest

from ccreid.parts import Part
from ccreid.wardrobe.camera import CAMERAS, person_view
from ccreid.wardrobe.figure import Figure
from ccreid.wardrobe.identity import Identity
from ccreid.wardrobe.outfit import Outfit
from ccreid.wardrobe.picture import _resolve, take_picture
from ccreid.wardrobe.place import sample_place
from ccreid.wardrobe.sensor import record
from ccreid.wardrobe.walk import Stand

pytestmark = pytest.mark.slow

HEIGHT, WIDTH = 128, 64


@pytest.fixture(scope="module")
def walkers(figures: list[tuple[Identity, Outfit, Figure]]) -> list[Figure]:
    return [figure for _, _, figure in figures[:4]]


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_picture_shows_all_parts_of_the_person_and_the_place_around(walkers: list[Figure]) -> None:
    seen: set[int] = set()
    for seed, figure in enumerate(walkers):
        stand = Stand(0.2, 6.5, 0.3)
        image, parts = take_picture(
            figure.pose(0.5), stand, sample_place(_rng(seed)), CAMERAS["A"], HEIGHT, WIDTH, _rng(seed)
        )
        assert image.shape == (HEIGHT, WIDTH, 3)
        assert parts.shape == (HEIGHT, WIDTH)
        assert 0.1 < (parts > 0).mean() < 0.7
        seen |= set(np.unique(parts).tolist())
    assert {Part.BACKGROUND, Part.HEAD, Part.UPPER_CLOTHES, Part.LEGS} <= seen


def test_parts_stand_in_their_order_from_head_to_feet(walkers: list[Figure]) -> None:
    _, parts = take_picture(
        walkers[0].pose(0.0), Stand(0.0, 6.0, 0.0), sample_place(_rng()), CAMERAS["B"], HEIGHT, WIDTH, _rng(3)
    )
    rows = [np.nonzero(parts == part)[0].mean() for part in (Part.HEAD, Part.UPPER_CLOTHES, Part.LEGS)]
    assert rows == sorted(rows)


@pytest.mark.slow
def test_the_same_draws_give_the_same_picture(walkers: list[Figure]) -> None:
    def picture() -> tuple[np.ndarray, np.ndarray]:
        place = sample_place(_rng(1))
        return take_picture(walkers[1].pose(1.0), Stand(0, 6, 1), place, CAMERAS["C"], HEIGHT, WIDTH, _rng(2))

    assert all(np.array_equal(one, two) for one, two in zip(picture(), picture(), strict=True))


def test_outside_the_person_the_part_map_is_background(walkers: list[Figure]) -> None:
    _, parts = take_picture(
        walkers[0].pose(0.0), Stand(0.0, 6.0, 0.0), sample_place(_rng()), CAMERAS["A"], HEIGHT, WIDTH, _rng()
    )
    assert not parts[0].any()
    assert not parts[:, 0].any()


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS.keys())
def test_the_box_holds_the_person_and_little_more(walkers: list[Figure], camera) -> None:  # type: ignore[no-untyped-def]
    for seed in range(10):
        points = walkers[0].pose(seed).vertices.astype(float) + np.array([0.5, 6.0, 0.0])
        seen = person_view(camera, points, HEIGHT, WIDTH, _rng(seed)).project(points)
        low, high = seen.min(axis=0), seen.max(axis=0)
        assert low[1] >= -0.5
        assert high[1] <= HEIGHT + 0.5
        assert 0.6 < (high[1] - low[1]) / HEIGHT <= 0.951


@pytest.mark.parametrize(
    ("x", "heading", "azimuth"),
    [(0.0, 0.0, 0.0), (0.0, np.pi / 2, np.pi / 2), (0.0, -np.pi / 2, -np.pi / 2), (6.0, -np.pi / 4, 0.0)],
)
def test_the_azimuth_is_measured_from_the_camera(x: float, heading: float, azimuth: float) -> None:
    assert Stand(x, 6.0, heading).azimuth == pytest.approx(azimuth, abs=1e-9)


def test_a_pixel_takes_its_most_frequent_part_and_a_part_wins_a_tie() -> None:
    face_part = np.array([1, 2], dtype=np.uint8)
    light = np.zeros((2, 8, 3), dtype=np.float32)
    behind = np.ones((1, 4, 3), dtype=np.float32)
    seen = np.array([[0, 0, 0, -1, 0, 1, -1, -1], [0, 1, -1, -1, 0, 1, -1, 0]], dtype=np.int32)
    picture, parts = _resolve(seen, light, face_part, behind)
    assert parts.tolist() == [[1, 0, 2, 0]]
    assert picture[0, :, 0].tolist() == [0.0, 0.75, 0.0, 0.75]
    halves = np.array([[0, -1], [0, -1]], dtype=np.int32)
    assert _resolve(halves, light[:, :2].copy(), face_part, behind[:, :1].copy())[1].tolist() == [[1]]


def test_brighter_light_gives_brighter_pixels() -> None:
    means = [record(np.full((8, 8, 3), light, np.float32), CAMERAS["A"], _rng()).mean() for light in (0.1, 0.4, 2.0)]
    assert means == sorted(means)
    assert means[-1] > 240
