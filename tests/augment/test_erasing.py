import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccreid.augment import IMAGENET_MEAN, Normalise, RandomErasing
from ccreid.augment.erasing import AREA, ASPECT
from ccreid.parts import Part


@given(st.integers(1, 8), st.integers(0, 2**31), st.booleans())
@settings(max_examples=40)
def test_a_rectangle_becomes_mean_colour_and_background_and_nothing_else_changes(
    batch: int, seed: int, bytes_: bool
) -> None:
    images = torch.full((batch, 3, 32, 16), 255, dtype=torch.uint8) if bytes_ else torch.ones(batch, 3, 32, 16)
    parts = torch.full((batch, 32, 16), Part.LEGS, dtype=torch.uint8)
    erased, erased_parts = RandomErasing(0.5)(images, parts, torch.Generator().manual_seed(seed))
    assert erased.dtype == images.dtype
    box = (erased != images).all(1)
    assert torch.equal(box, (erased != images).any(1))
    assert torch.equal(erased_parts == Part.BACKGROUND, box)
    assert (erased_parts[~box] == Part.LEGS).all()
    mean = torch.tensor([124, 116, 104], dtype=torch.uint8) if bytes_ else torch.tensor(IMAGENET_MEAN)
    assert (erased.movedim(1, 3)[box] == mean).all()
    for mask in box:
        rows, columns = mask.any(1), mask.any(0)
        assert torch.equal(mask, rows[:, None] & columns[None, :])
        assert _is_one_run(rows)
        assert _is_one_run(columns)
    assert (images == images.max()).all()


@pytest.mark.slow
def test_rectangles_have_the_paper_s_areas_and_shapes() -> None:
    height, width = 256, 128
    images, parts = torch.zeros(500, 3, height, width), torch.ones(500, height, width, dtype=torch.uint8)
    _, erased = RandomErasing(1.0)(images, parts, torch.Generator().manual_seed(0))
    box = erased == 0
    tall, wide = box.any(2).sum(1), box.any(1).sum(1)
    assert (tall > 0).all(), "with p = 1 every image has a rectangle"
    share, aspect = tall * wide / (height * width), tall / wide
    # Sides are rounded to pixels, so the ends of the ranges are met to about one pixel.
    assert share.min() >= AREA[0] * 0.95
    assert share.max() <= AREA[1] * 1.02
    assert aspect.min() >= ASPECT[0] * 0.9
    assert aspect.max() <= ASPECT[1] * 1.1
    assert share.max() > 0.38
    assert share.min() < 0.03
    tops, lefts = box.any(2).int().argmax(1), box.any(1).int().argmax(1)
    assert len(tops.unique()) > 50
    assert len(lefts.unique()) > 40


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_the_probability_is_p(p: float) -> None:
    images, parts = torch.zeros(3000, 3, 16, 8), torch.ones(3000, 16, 8, dtype=torch.uint8)
    _, erased = RandomErasing(p)(images, parts, torch.Generator().manual_seed(0))
    share = (erased == 0).any(2).any(1).float().mean()
    assert share == pytest.approx(p, abs=4 * (p * (1 - p) / 3000) ** 0.5)


def test_an_image_that_no_rectangle_fits_in_stays_whole() -> None:
    images, parts = torch.ones(3, 3, 1, 1), torch.ones(3, 1, 1, dtype=torch.uint8)
    erased, erased_parts = RandomErasing(1.0)(images, parts)
    assert torch.equal(erased, images)
    assert torch.equal(erased_parts, parts)


def test_an_erased_pixel_is_about_zero_to_the_network() -> None:
    images = torch.full((1, 3, 32, 16), 255, dtype=torch.uint8)
    erased, parts = RandomErasing(1.0)(images, torch.ones(1, 32, 16, dtype=torch.uint8))
    assert Normalise()(erased).movedim(1, 3)[parts == 0].abs().max() < 0.01


def test_a_probability_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"-0\.1"):
        RandomErasing(-0.1)


def _is_one_run(line: torch.Tensor) -> bool:
    return int(line.int().diff(prepend=torch.zeros(1, dtype=torch.int32)).clamp_min(0).sum()) <= 1
