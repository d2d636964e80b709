import pytest
import torch
from augment.coded import coded_batch

from ccreid.augment.occlusion import RandomOcclusion
from ccreid.parts import Part


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_pixels_outside_the_rectangle_stay_untouched_and_those_inside_are_background(dtype: torch.dtype) -> None:
    images, parts = coded_batch(64, 40, 20)
    images = images if dtype == torch.uint8 else images / 255
    covered, covered_parts = RandomOcclusion(1.0)(images, parts, torch.Generator().manual_seed(0))
    assert covered.dtype == dtype
    changed = (covered != images).any(1)
    assert (covered_parts[changed] == Part.BACKGROUND).all()
    assert torch.equal(covered_parts[~changed], parts[~changed])
    for image in changed:
        rows, columns = image.any(1).nonzero(), image.any(0).nonzero()
        box = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert 0.015 < image.float().mean() < 0.45
        # A colour may be a pixel's own by chance.
        assert box.float().mean() > 0.97


def test_the_rectangles_of_different_images_have_different_colours() -> None:
    images = torch.zeros(50, 3, 32, 16)
    covered, _ = RandomOcclusion(1.0)(images, torch.zeros(50, 32, 16, dtype=torch.uint8))
    assert len({tuple(image.amax((1, 2)).tolist()) for image in covered}) == 50


def test_the_probability_is_p() -> None:
    images, parts = torch.zeros(2000, 3, 16, 8), torch.ones(2000, 16, 8, dtype=torch.uint8)
    _, covered_parts = RandomOcclusion(0.3)(images, parts, torch.Generator().manual_seed(0))
    share = (covered_parts == 0).any(2).any(1).float().mean()
    # Four standard deviations.
    assert share == pytest.approx(0.3, abs=4 * (0.3 * 0.7 / 2000) ** 0.5)


def test_a_probability_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"-0\.1"):
        RandomOcclusion(-0.1)
