import pytest
import torch
from augment.coded import coded_batch
from hypothesis import given, settings
from hypothesis import strategies as st

from ccreid.augment import RandomFlip


@given(st.integers(1, 6), st.integers(1, 9), st.integers(2, 9), st.integers(0, 2**31))
@settings(max_examples=40)
def test_each_image_is_mirrored_with_its_parts_or_left_with_them(
    batch: int, height: int, width: int, seed: int
) -> None:
    images, parts = coded_batch(batch, height, width)
    moved, moved_parts = RandomFlip()(images, parts, torch.Generator().manual_seed(seed))
    for i in range(batch):
        mirrored = bool(moved[i, 1, 0, 0] == width)
        assert torch.equal(moved[i], images[i].flip(2) if mirrored else images[i])
        assert torch.equal(moved_parts[i], parts[i].flip(1) if mirrored else parts[i])


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_the_probability_is_p(p: float) -> None:
    images, parts = coded_batch(4000, 1, 2)
    moved, _ = RandomFlip(p)(images, parts, torch.Generator().manual_seed(0))
    share = (moved[:, 1, 0, 0] == 2).float().mean()
    # Four standard deviations.
    assert share == pytest.approx(p, abs=4 * (p * (1 - p) / 4000) ** 0.5)


def test_a_probability_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.5"):
        RandomFlip(1.5)
