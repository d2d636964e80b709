import numpy as np
import pytest
from numpy.typing import NDArray

from ccreid.augment.person_view import PersonView
from ccreid.parts import IGNORED, Part


def _person() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A blue person in the middle of a green picture, with a bag that does not count."""
    parts = np.zeros((200, 160), np.uint8)
    parts[40:160, 60:100] = Part.UPPER_CLOTHES
    parts[100:120, 100:110] = IGNORED
    image = np.full((200, 160, 3), (0, 200, 0), np.uint8)
    image[parts == Part.UPPER_CLOTHES] = (0, 0, 200)
    return image, parts


def test_a_view_has_the_networks_size_and_image_and_map_stay_together() -> None:
    view = PersonView(128, 64, smallest=128, compressed=0.0)
    for seed in range(20):
        image, parts = view(*_person(), np.random.default_rng(seed))
        assert image.shape == (128, 64, 3)
        assert parts.shape == (128, 64)
        assert image.dtype == parts.dtype == np.uint8
        blue = image[..., 2] > 100
        # Where the filter has mixed both colours, either may be said.
        assert (blue != (parts == Part.UPPER_CLOTHES)).mean() < 0.05


def test_the_person_is_in_every_view_and_larger_than_in_the_picture_in_most() -> None:
    view = PersonView(128, 64, smallest=48)
    image, parts = _person()
    before = (parts == Part.UPPER_CLOTHES).mean()
    shares = [(view(image, parts, np.random.default_rng(seed))[1] == Part.UPPER_CLOTHES).mean() for seed in range(40)]
    assert min(shares) >= before
    assert np.mean(np.array(shares) > 2 * before) > 0.5


def test_small_views_lose_their_detail() -> None:
    stripes = np.zeros((256, 128, 3), np.uint8)
    stripes[::2] = 255
    parts = np.full((256, 128), Part.PANTS, np.uint8)
    sharp, poor = (
        PersonView(256, 128, smallest, cut=0.0, compressed=0.0)(stripes, parts, np.random.default_rng(3))[0]
        for smallest in (256, 48)
    )
    assert poor.std() < 0.5 * sharp.std()


def test_a_picture_without_a_person_is_seen_whole() -> None:
    image, parts = np.zeros((20, 10, 3), np.uint8), np.zeros((20, 10), np.uint8)
    assert PersonView(128, 64, 48)(image, parts, np.random.default_rng(0))[1].shape == (128, 64)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"smallest": 4}, "smallest view is 4"), ({"smallest": 300}, "300 pixels high, expected 8..256")]
    + [({"smallest": 48, name: 1.5}, f"{name} views is 1.5") for name in ("cut", "compressed")],
)
def test_values_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PersonView(256, 128, **settings)  # type: ignore[arg-type]
