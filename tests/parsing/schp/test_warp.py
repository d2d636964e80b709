import numpy as np
import pytest
import torch
from closeness import assert_close
from hypothesis import given
from hypothesis import strategies as st
from parsing.schp.slow_warp import crop_matrix, warp

from ccreid.parsing.schp.warp import crop_to_square, uncrop_to_image

SIDES = st.integers(1, 12)
SIZES = st.integers(2, 14)


def _inverse(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]


@given(SIDES, SIDES, SIZES)
def test_the_crop_is_the_authors_affine_warp(height: int, width: int, size: int) -> None:
    if height == width == 1:
        return  # their matrix is singular
    image = np.random.default_rng(0).random((2, height, width))
    matrix = crop_matrix(height, width, size)
    found = crop_to_square(torch.from_numpy(image), size)
    assert found.shape == (2, size, size)
    assert_close(found, [warp(channel, matrix, size, size) for channel in image], terms=4, scale=14)


@pytest.mark.slow
@given(SIDES, SIDES, SIZES)
def test_the_way_back_is_the_inverse_warp(height: int, width: int, size: int) -> None:
    if height == width == 1:
        return
    crop = np.random.default_rng(0).random((3, size, size))
    matrix = _inverse(crop_matrix(height, width, size))
    found = uncrop_to_image(torch.from_numpy(crop), height, width)
    assert found.shape == (3, height, width)
    assert_close(found, [warp(channel, matrix, height, width) for channel in crop], terms=4, scale=14)


@given(SIDES, SIDES, st.integers(12, 30))
def test_a_slope_survives_the_way_there_and_back(height: int, width: int, size: int) -> None:
    sides = (torch.arange(side, dtype=torch.float64) for side in (height, width))
    rows, columns = torch.meshgrid(*sides, indexing="ij")
    image = torch.stack([rows, columns, 2 * columns - rows])
    back = uncrop_to_image(crop_to_square(image, size), height, width)
    # The outermost pixels blend with the zeros around the image.
    assert_close(back[:, 1:-1, 1:-1], image[:, 1:-1, 1:-1], terms=8, scale=30 * float(image.abs().max()))


def test_the_longer_side_spans_the_crop_and_the_rest_is_zero() -> None:
    crop = crop_to_square(torch.ones(1, 9, 3), 9)[0]
    expected = torch.zeros(9, 9)
    expected[:, 3:6] = 1
    assert_close(crop, expected, terms=4, scale=9)


def test_an_image_of_one_pixel_has_a_crop_and_a_way_back() -> None:
    assert crop_to_square(torch.ones(1, 1, 1), 5)[0, 2, 2] == 1
    assert uncrop_to_image(torch.ones(2, 5, 5), 1, 1).tolist() == [[[1]], [[1]]]
