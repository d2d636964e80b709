import math

import pytest
import torch
from closeness import assert_close, rounding
from torch import Tensor

from ccreid.augment import BatchError
from ccreid.augment.poor_camera import PoorCamera, blur, compress


def compress_by_loops(channel: Tensor, step: float) -> Tensor:
    """One block (8, 8) of one channel: its cosine transform by the definition, rounded, and back."""

    def wave(frequency: int, place: int) -> float:
        scale = math.sqrt(1 / 8) if frequency == 0 else math.sqrt(2 / 8)
        return scale * math.cos(math.pi / 8 * (place + 0.5) * frequency)

    back = torch.zeros(8, 8)
    for u in range(8):
        for v in range(8):
            waves = torch.tensor([[wave(u, y) * wave(v, x) for x in range(8)] for y in range(8)])
            width = step * (1 + (u + v) / 2)
            multiple = float((channel * waves).sum()) / width
            assert abs(multiple % 1 - 0.5) > rounding(8 / width, terms=64), "half-way, where rounding decides"
            back += round(multiple) * width * waves
    return back.clamp(0, 1)


def blur_by_loops(channel: Tensor, softness: float) -> Tensor:
    height, width = channel.shape
    blurred = torch.zeros_like(channel)
    for y in range(height):
        for x in range(width):
            around = channel[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
            blurred[y, x] = softness * around.mean() + (1 - softness) * channel[y, x]
    return blurred


def _images(batch: int = 2, height: int = 16, width: int = 8, seed: int = 0) -> Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("step", [0.03, 0.2])
def test_each_block_is_compressed_as_by_the_definition(step: float) -> None:
    images = _images()
    got = compress(images, torch.full((2, 1, 1, 1), step))
    for image, compressed in zip(images, got, strict=True):
        for channel, compressed_channel in zip(image, compressed, strict=True):
            for top in (0, 8):
                expected = compress_by_loops(channel[top : top + 8], step)
                assert_close(compressed_channel[top : top + 8], expected, terms=2 * 64)


def test_step_0_leaves_an_image_and_a_larger_step_loses_more() -> None:
    images = _images(3, 19, 13)
    got = compress(images, torch.tensor([0, 0.05, 0.3]).view(3, 1, 1, 1))
    lost = (got - images).abs().mean((1, 2, 3))
    assert lost[0] == 0
    assert 0 < lost[1] < lost[2]
    assert got.shape == images.shape


def test_blur_blends_with_the_mean_of_the_pixels_around() -> None:
    images = _images(3, 7, 6)
    softness = [0.0, 0.4, 1.0]
    got = blur(images, torch.tensor(softness).view(3, 1, 1, 1))
    for image, blurred, share in zip(images, got, softness, strict=True):
        for channel, blurred_channel in zip(image, blurred, strict=True):
            assert_close(blurred_channel, blur_by_loops(channel, share), terms=25)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float16])
def test_the_type_stays_and_the_generator_decides(dtype: torch.dtype) -> None:
    images = _images(8)
    images = (images * 255).to(dtype) if dtype == torch.uint8 else images.to(dtype)
    before = images.clone()
    one, same, other = (PoorCamera()(images, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert one.dtype == dtype
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(images, before)
    assert 0 <= one.min() <= one.max() <= (255 if dtype == torch.uint8 else 1)


def test_share_0_leaves_every_image_and_share_1_some() -> None:
    images = _images(200)
    assert torch.equal(PoorCamera(0)(images), images)
    got = PoorCamera()(images, torch.Generator().manual_seed(0))
    untouched = (got == images).flatten(1).all(1).float().mean()
    # Spared by all four: 0.9 * 0.5 * 0.5 * 0.7, here within four standard deviations.
    assert untouched == pytest.approx(0.1575, abs=4 * math.sqrt(0.1575 * 0.8425 / 200))


def test_some_images_lose_their_colours() -> None:
    got = PoorCamera()(torch.tensor([1.0, 0.5, 0.0]).view(1, 3, 1, 1).expand(300, -1, 8, 8))
    means = got.mean((2, 3))
    grey = (means.amax(1) - means.amin(1) < 0.05).float().mean()
    assert 0.03 < grey < 0.2


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.5"):
        PoorCamera(1.5)
    with pytest.raises(BatchError, match="expected uint8"):
        PoorCamera()(torch.zeros(1, 3, 8, 8, dtype=torch.int32))
