import numpy as np
import pytest
from numpy.typing import NDArray

from ccreid.parsing.second_look import look_twice

IS_PERSON = np.array([False, True, True])


def _image(height: int, width: int, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """A black image with a white person from a row and column to others."""
    image = np.zeros((height, width, 3), np.uint8)
    top, left, bottom, right = box
    image[top:bottom, left:right] = 255
    return image


def _look(seen: list[tuple[int, int]]):  # type: ignore[no-untyped-def]
    def look(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        seen.append(image.shape[:2])
        return np.where(image[..., 0] > 0, len(seen), 0).astype(np.uint8)

    return look


def test_a_person_who_is_a_small_part_of_the_image_is_looked_at_again_alone() -> None:
    seen: list[tuple[int, int]] = []
    image = _image(200, 200, (50, 100, 150, 150))
    labels = look_twice(_look(seen), image, IS_PERSON)
    # 8 % of 100 rows and of 50 columns on both sides.
    assert seen == [(200, 200), (116, 58)]
    assert np.array_equal(labels == 2, image[..., 0] > 0)
    assert not labels[image[..., 0] == 0].any()


def test_a_crop_is_looked_at_once() -> None:
    seen: list[tuple[int, int]] = []
    labels = look_twice(_look(seen), _image(100, 50, (5, 5, 95, 45)), IS_PERSON)
    assert seen == [(100, 50)]
    assert labels.max() == 1


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (50, 50, 51, 51)])
def test_nobody_and_specks_are_not_looked_at_again(box: tuple[int, int, int, int]) -> None:
    seen: list[tuple[int, int]] = []
    look_twice(_look(seen), _image(200, 200, box), IS_PERSON)
    assert len(seen) == 1


def test_outside_of_the_second_look_is_background_whatever_its_value() -> None:
    image = _image(200, 200, (50, 100, 150, 150))
    labels = look_twice(
        lambda part: np.where(part[..., 0] > 0, 0, 2).astype(np.uint8), image, np.array([True, True, False])
    )
    assert labels[0, 0] == 2
    assert labels[100, 120] == 0
