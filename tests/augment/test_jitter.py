import colorsys

import pytest
import torch
from closeness import assert_close, rounding
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ccreid.augment import BatchError, ColourJitter
from ccreid.augment.jitter import jitter


def jitter_by_loops(image: Tensor, brightness: float, contrast: float, saturation: float, turn: float) -> Tensor:
    """One image (3, H, W), pixel by pixel, with the hue by Python's colorsys."""

    def grey(pixel: list[float]) -> float:
        return 0.2989 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]

    def blend(pixel: list[float], other: float, factor: float) -> list[float]:
        return [min(max(factor * value + (1 - factor) * other, 0), 1) for value in pixel]

    pixels = [blend(pixel, 0, brightness) for pixel in image.flatten(1).T.tolist()]
    mean = sum(map(grey, pixels)) / len(pixels)
    pixels = [blend(pixel, mean, contrast) for pixel in pixels]
    pixels = [blend(pixel, grey(pixel), saturation) for pixel in pixels]
    turned = []
    for pixel in pixels:
        hue, saturated, value = colorsys.rgb_to_hsv(*pixel)
        turned.append(colorsys.hsv_to_rgb((hue + turn) % 1, saturated, value))
    return torch.tensor(turned, dtype=image.dtype).T.reshape(image.shape)


factors = st.floats(0.5, 1.5)


@given(factors, factors, factors, st.floats(-0.5, 0.5), st.integers(0, 2**31))
@settings(max_examples=50)
def test_each_step_does_what_it_does_pixel_by_pixel(
    brightness: float, contrast: float, saturation: float, turn: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    # Few levels make equal channels, where the hue is undefined or on the edge of two formulas.
    image = torch.randint(0, 4, (3, 5, 4), generator=generator).double() / 3
    changes = brightness, contrast, saturation, turn
    got = jitter(image[None], *(torch.full((1, 1, 1, 1), change, dtype=torch.float64) for change in changes))
    # The sixths of the hue go up to 12.
    assert_close(got[0], jitter_by_loops(image, *changes), terms=20, scale=12)


def test_strength_0_changes_no_8_bit_image() -> None:
    images = torch.randint(0, 256, (4, 3, 16, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(ColourJitter(0)(images), images)


def test_factors_fill_their_range_and_are_each_image_s_own() -> None:
    # On grey images contrast, saturation and hue change nothing, so what is left is the brightness.
    images = torch.full((2000, 3, 1, 1), 0.5)
    factor = ColourJitter(0.1)(images, torch.Generator().manual_seed(0))[:, 0, 0, 0] / 0.5
    assert factor.min() >= 0.9 - rounding(1)
    assert factor.max() <= 1.1 + rounding(1)
    assert factor.min() < 0.901
    assert factor.max() > 1.099
    assert len(factor.unique()) > 1900


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float16])
def test_the_type_stays_and_the_generator_decides(dtype: torch.dtype) -> None:
    images = torch.rand(3, 3, 8, 4, generator=torch.Generator().manual_seed(0))
    images = (images * 255).to(dtype) if dtype == torch.uint8 else images.to(dtype)
    before = images.clone()
    one, same, other = (ColourJitter()(images, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert one.dtype == dtype
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(images, before)


def test_8_bit_and_floating_images_get_the_same_colours() -> None:
    images = torch.randint(0, 256, (4, 3, 8, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    from_bytes = ColourJitter()(images, torch.Generator().manual_seed(1))
    from_floats = ColourJitter()(images / 255, torch.Generator().manual_seed(1))
    assert torch.equal(from_bytes, (from_floats * 255).round().to(torch.uint8))


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.6"):
        ColourJitter(0.6)
    with pytest.raises(BatchError, match="expected uint8"):
        ColourJitter()(torch.zeros(1, 3, 2, 2, dtype=torch.int32))


def test_the_hue_has_a_strength_of_its_own_where_it_is_given() -> None:
    images = torch.rand(50, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    turned = ColourJitter(0, hue=0.5)(images, torch.Generator().manual_seed(1))
    assert (turned - images).abs().max() > 0.1
    # Turning the hue leaves the largest and the smallest channel of a pixel.
    assert_close(turned.amax(1), images.amax(1), terms=3)
    grey = images.mean(1, keepdim=True).expand_as(images)
    brighter = ColourJitter(0.3, hue=0)(grey, torch.Generator().manual_seed(1))
    assert torch.equal(brighter, ColourJitter(0.3)(grey, torch.Generator().manual_seed(1)))
    with pytest.raises(ValueError, match=r"hue is 0\.7"):
        ColourJitter(0.1, hue=0.7)
