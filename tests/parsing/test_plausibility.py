from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from parsing.standing_person import standing_person

from ccreid.datasets.part_maps import PartMapError
from ccreid.parsing.pieces import piece_sizes
from ccreid.parsing.plausibility import DOUBTFUL, judge, plausibility
from ccreid.parts import Part

Map = NDArray[np.uint8]


def _without(part: Part) -> Map:
    parts = standing_person()
    parts[parts == part] = Part.BACKGROUND
    return parts


def _without_pants_and_legs() -> Map:
    parts = standing_person()
    parts[140:] = Part.BACKGROUND
    return parts


def _cut_apart() -> Map:
    parts = standing_person()
    parts[120:160] = Part.BACKGROUND
    return parts


def _in_specks() -> Map:
    parts = standing_person()
    for row in range(60, 136, 8):
        for column in range(44, 84, 8):
            parts[row : row + 4, column : column + 4] = Part.PANTS
    return parts


def _beside() -> Map:
    parts = standing_person()
    parts[16:56] = Part.BACKGROUND
    parts[16:56, 100:124] = Part.HEAD
    return parts


def test_a_standing_person_is_plausible_in_any_size() -> None:
    for step in (1, 2, 4):
        assert judge(standing_person()[::step, ::step]).doubts == ()
    assert judge(standing_person().repeat(3, axis=0).repeat(3, axis=1)).plausibility == 1


@pytest.mark.parametrize(
    ("make", "doubt"),
    [
        (lambda: _without(Part.HEAD), "no head"),
        (lambda: _without(Part.UPPER_CLOTHES), "no upper clothes"),
        (_without_pants_and_legs, "no pants and legs"),
        (lambda: standing_person()[::-1], "legs above the upper clothes"),
        (_beside, "head beside the body"),
        (_cut_apart, "person in 2 pieces"),
        (_in_specks, "parts in 5"),
        (lambda: np.pad(standing_person(), 300), "person covers "),
        (lambda: standing_person()[20:240, 40:88], "person covers 8"),
        (lambda: np.where(standing_person() == Part.UPPER_CLOTHES, Part.ARMS, standing_person()), "arms 5"),
    ],
)
def test_a_map_that_cannot_be_is_doubted_for_what_is_wrong_with_it(make: Callable[[], Map], doubt: str) -> None:
    judgement = judge(make().astype(np.uint8))
    assert judgement.plausibility < 1
    assert any(each.startswith(doubt) for each in judgement.doubts), judgement
    assert judgement.doubtful == (judgement.plausibility < DOUBTFUL)


def test_the_worst_doubt_comes_first() -> None:
    parts = _cut_apart()
    parts[parts == Part.HEAD] = Part.BACKGROUND
    assert judge(parts).doubts[0] == "no head"


def test_a_person_without_pants_in_a_dress_is_plausible() -> None:
    parts = standing_person()
    parts[parts == Part.PANTS] = Part.UPPER_CLOTHES
    assert judge(parts).doubts == ()


def test_specks_of_a_part_do_not_say_where_it_is() -> None:
    parts = standing_person()
    parts[parts == Part.LEGS] = Part.PANTS
    parts[150:154, 60:64] = Part.LEGS
    assert judge(parts).doubts == ()
    parts[150:166, 54:74] = Part.LEGS
    assert "legs above the pants" in judge(parts).doubts


def test_a_map_of_background_alone_is_worth_nothing() -> None:
    judgement = judge(np.zeros((20, 10), np.uint8))
    assert (judgement.plausibility, judgement.doubts, judgement.doubtful) == (0.0, ("no person",), True)


@given(st.integers(0, 2**32 - 1), st.integers(1, 90), st.integers(1, 50))
@settings(max_examples=40, deadline=None)
def test_every_map_has_a_plausibility_between_0_and_1_and_doubts_below_1(seed: int, height: int, width: int) -> None:
    random = np.random.default_rng(seed)
    parts = np.sort(random.integers(0, 6, (height, width), dtype=np.uint8), axis=int(random.integers(2)))
    judgement = judge(parts)
    assert 0 <= judgement.plausibility <= 1
    assert (judgement.plausibility == 1) == (judgement.doubts == ())
    assert plausibility(parts) == judgement.plausibility


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_a_mirrored_person_is_as_plausible(seed: int) -> None:
    # Each square of 2x2 is of one value, so that the pixels that are looked at are those of the mirror image.
    parts = np.random.default_rng(seed).integers(0, 6, (64, 32), dtype=np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    assert plausibility(parts[:, ::-1]) == pytest.approx(plausibility(parts))


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_pieces_are_those_that_a_flood_fills(seed: int, height: int, width: int) -> None:
    values = np.random.default_rng(seed).integers(0, 3, (height, width), dtype=np.uint8)
    assert sorted(piece_sizes(values)) == sorted(_flooded(values))


def _flooded(values: Map) -> list[int]:
    sizes, seen = [], set()
    for start in np.ndindex(*values.shape):
        if start in seen or not values[start]:
            continue
        seen.add(start)
        piece, ahead = 0, [start]
        while ahead:
            row, column = ahead.pop()
            piece += 1
            for place in [(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]:
                inside = 0 <= place[0] < values.shape[0] and 0 <= place[1] < values.shape[1]
                if inside and place not in seen and values[place] == values[start]:
                    seen.add(place)
                    ahead.append(place)
        sizes.append(piece)
    return sizes


@pytest.mark.parametrize("parts", [np.zeros((2, 3, 4), np.uint8), np.zeros((0, 4), np.uint8), np.full((4, 4), 6)])
def test_what_is_no_part_map_is_refused(parts: Map) -> None:
    with pytest.raises(PartMapError, match=r"a part map is an array of shape .*expected \(height, width\)"):
        judge(parts)
