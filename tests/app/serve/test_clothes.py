from extras import needs

needs("web")

from collections.abc import Iterator

import numpy as np
import pytest
from app.serve.served import made_parser
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ccreid.app.serve.clothes import other_clothes
from ccreid.errors import BadValueError
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.parser import Parser

PARSER = made_parser()


def _photo(seed: int, height: int = 32, width: int = 16) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(st.integers(0, 100), st.integers(1, 4))
@settings(max_examples=20)
def test_pixels_outside_the_clothes_stay_and_those_inside_are_donors(seed: int, donors: int) -> None:
    photo = _photo(seed)
    others = [_photo(seed + place + 1) for place in range(donors)]
    painted = other_clothes(photo, others, PARSER)
    (parts,) = PARSER.parse([photo])
    clothes = (parts == 2) | (parts == 3)
    np.testing.assert_array_equal(painted[~clothes], photo[~clothes])
    for part in (2, 3):
        # Donors of the photo's own shape: the first one fills each part, row by row.
        np.testing.assert_array_equal(painted[parts == part], others[0][parts == part])


def test_where_donors_have_too_few_pixels_the_photos_own_fill_the_rest() -> None:
    def parse(images: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        maps = [np.full(image.shape[:2], 2, np.uint8) for image in images]
        for image, parts in zip(images, maps, strict=True):
            if image[0, 0, 0] == 255:  # a donor, whose first rows alone are clothes
                parts[2:] = 0
        return maps

    photo, donor = np.full((8, 4, 3), 10, np.uint8), np.full((8, 4, 3), 255, np.uint8)
    painted = other_clothes(photo, [donor], Parser("part", SIX_PARTS, parse, ""))
    assert (painted[:2] == 255).all()
    assert (painted[2:] == 10).all()


def test_donors_are_asked_for_only_until_there_are_pixels_enough() -> None:
    asked = []

    def donors() -> Iterator[NDArray[np.uint8]]:
        for place in range(9):
            asked.append(place)
            yield _photo(place)

    other_clothes(_photo(50), donors(), PARSER)
    assert asked == [0]


def test_without_clothes_there_is_one_clear_sentence() -> None:
    nobody = Parser("nobody", SIX_PARTS, lambda images: [np.zeros(one.shape[:2], np.uint8) for one in images], "")
    with pytest.raises(BadValueError, match="no clothes were found on this photo"):
        other_clothes(_photo(0), [_photo(1)], nobody)
    with pytest.raises(BadValueError, match="on the gallery's photos"):
        other_clothes(_photo(0), [], PARSER)
