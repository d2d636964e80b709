import pytest
import torch

from ccreid.augment.low_resolution import LowResolution
from ccreid.errors import BadValueError


def _detail(images: torch.Tensor) -> torch.Tensor:
    return images.float().diff(dim=2).abs().mean((1, 2, 3))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_some_images_stay_and_the_others_lose_detail_but_not_their_colour(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    images = torch.randint(0, 256, (64, 3, 64, 32), dtype=torch.uint8)
    images = images if dtype == torch.uint8 else images / 255
    seen = LowResolution(16)(images, torch.Generator().manual_seed(1))
    assert seen.dtype == dtype
    stayed = (seen == images).flatten(1).all(1)
    assert 0.1 < stayed.float().mean() < 0.5
    assert (_detail(seen)[~stayed] < _detail(images)[~stayed]).all()
    white = 255 if dtype == torch.uint8 else 1
    assert ((seen.float().mean((1, 2, 3)) - images.float().mean((1, 2, 3))).abs() < 0.02 * white).all()


def test_images_no_higher_than_the_smallest_stay() -> None:
    images = torch.rand(3, 3, 16, 8)
    assert torch.equal(LowResolution(16)(images), images)
    assert torch.equal(LowResolution(0)(images), images)


def test_the_images_that_are_given_are_not_changed() -> None:
    images = torch.rand(8, 3, 64, 32)
    before = images.clone()
    LowResolution(8)(images, torch.Generator().manual_seed(0))
    assert torch.equal(images, before)


def test_fewer_than_eight_pixels_are_refused() -> None:
    with pytest.raises(BadValueError, match="the smallest height is 5, expected 0 for none, or at least 8"):
        LowResolution(5)
