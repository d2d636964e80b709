import pytest
import torch
from augment.coded import coded_batch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from ccreid.augment import RandomCrop
from ccreid.parts import Part


@given(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9), st.integers(0, 4), st.integers(0, 2**31))
@settings(max_examples=60)
def test_each_image_and_its_parts_move_together_and_bring_in_black_background(
    batch: int, height: int, width: int, padding: int, seed: int
) -> None:
    images, parts = coded_batch(batch, height, width)
    moved, moved_parts = RandomCrop(padding)(images, parts, torch.Generator().manual_seed(seed))
    assert moved.shape == images.shape
    assert moved.dtype == moved_parts.dtype == torch.uint8
    border = (moved == 0).all(1)
    assert torch.equal(moved_parts[~border], moved[:, 2][~border] - 1)
    assert (moved_parts[border] == Part.BACKGROUND).all()
    for i in range(batch):
        padded = functional.pad(images[i], [padding] * 4)
        windows = [
            padded[:, y : y + height, x : x + width] for y in range(2 * padding + 1) for x in range(2 * padding + 1)
        ]
        assert any(torch.equal(moved[i], window) for window in windows)


def test_all_moves_occur_and_images_move_on_their_own() -> None:
    images, parts = coded_batch(400, 9, 9)
    moved, _ = RandomCrop(2)(images, parts, torch.Generator().manual_seed(0))
    centres = moved[:, :2, 4, 4].int() - 5
    assert {tuple(move) for move in centres.tolist()} == {(y, x) for y in range(-2, 3) for x in range(-2, 3)}


def test_a_negative_padding_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        RandomCrop(-1)
