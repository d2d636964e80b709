import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ccreid.parsing.part_iou import confusion_matrix, part_iou
from ccreid.parts import IGNORED, Part


def iou_by_sets(pairs: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]) -> dict[str, float]:
    """Intersection over union of the sets of pixels of each part, over all images."""
    scores = {}
    for part in Part:
        true, predicted = set(), set()
        for image, (first, second) in enumerate(pairs):
            true |= {(image, *place) for place in np.argwhere(first == part).tolist()}
            predicted |= {(image, *place) for place in np.argwhere(second == part).tolist()}
        if true | predicted:
            scores[part.name.lower()] = len(true & predicted) / len(true | predicted)
    return scores


@given(st.integers(1, 3), st.integers(1, 6), st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**31))
@settings(max_examples=60)
def test_it_agrees_with_sets_of_pixels(images: int, height: int, width: int, parts: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    pairs = [tuple(random.integers(0, parts, (2, height, width), dtype=np.uint8)) for _ in range(images)]
    scores = part_iou(pairs)
    expected = iou_by_sets(pairs)
    assert scores.parts == pytest.approx(expected)
    assert scores.mean == pytest.approx(sum(expected.values()) / len(expected))


def test_rows_are_true_parts_and_columns_predicted_ones() -> None:
    true = np.array([[0, 0, 1], [2, 2, 2]], dtype=np.uint8)
    predicted = np.array([[0, 4, 1], [2, 3, 3]], dtype=np.uint8)
    counts = confusion_matrix(true, predicted)
    assert counts.sum() == 6
    assert (counts[0, 0], counts[0, 4], counts[1, 1], counts[2, 2], counts[2, 3]) == (1, 1, 1, 1, 2)


def test_pixels_and_not_images_are_counted() -> None:
    large = np.ones((9, 10), np.uint8), np.ones((9, 10), np.uint8)
    small = np.ones((1, 10), np.uint8), np.zeros((1, 10), np.uint8)
    assert part_iou([large, small]).parts["head"] == pytest.approx(0.9)


def test_pixels_that_do_not_count_are_left_out() -> None:
    true = np.array([[1, 2, IGNORED, IGNORED]], np.uint8)
    scores = part_iou([(true, np.array([[1, 2, 3, 4]], np.uint8))])
    assert scores.parts == {"head": 1, "upper_clothes": 1}
    assert confusion_matrix(true, np.zeros((1, 4), np.uint8)).sum() == 2


def test_the_person_is_all_that_is_not_background() -> None:
    true, predicted = np.array([[0, 0, 1, 2, 3]], np.uint8), np.array([[0, 1, 2, 2, 0]], np.uint8)
    assert part_iou([(true, predicted)]).person == 2 / 4


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one size"):
        confusion_matrix(np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8))
    with pytest.raises(ValueError, match="predicted part map holds 6"):
        confusion_matrix(np.zeros((2, 3), np.uint8), np.full((2, 3), 6, np.uint8))
    with pytest.raises(ValueError, match="no part map to compare"):
        part_iou([])
