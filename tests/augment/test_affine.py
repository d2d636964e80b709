import math

import pytest
import torch
from augment.coded import coded_batch
from closeness import assert_close
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor

from ccreid.augment.affine import RandomAffine, warp


def warp_by_loops(
    image: Tensor, parts: Tensor, taller: float, wider: float, turn: float, down: float, right: float
) -> tuple[Tensor, list[list[set[int]]]]:
    """One float image (3, H, W) and its parts, pixel by pixel: undo the move, then the turn, then the scale.

    Of the parts all that a pixel may have: half-way between two, rounding decides.
    """
    height, width = parts.shape
    warped = torch.zeros_like(image)
    labels: list[list[set[int]]] = [[set() for _ in range(width)] for _ in range(height)]
    for row in range(height):
        for column in range(width):
            y = row + 0.5 - height / 2 - down * height
            x = column + 0.5 - width / 2 - right * width
            x, y = math.cos(turn) * x + math.sin(turn) * y, math.cos(turn) * y - math.sin(turn) * x
            y = min(max(y / taller + height / 2 - 0.5, 0), height - 1)
            x = min(max(x / wider + width / 2 - 0.5, 0), width - 1)
            top, left = min(int(y), height - 2), min(int(x), width - 2)
            y_share, x_share = y - top, x - left
            upper = image[:, top, left] * (1 - x_share) + image[:, top, left + 1] * x_share
            lower = image[:, top + 1, left] * (1 - x_share) + image[:, top + 1, left + 1] * x_share
            warped[:, row, column] = upper * (1 - y_share) + lower * y_share
            for near_y in (max(y - 1e-4, 0), min(y + 1e-4, height - 1)):
                for near_x in (max(x - 1e-4, 0), min(x + 1e-4, width - 1)):
                    labels[row][column].add(int(parts[round(near_y), round(near_x)]))
    return warped, labels


factors = st.floats(0.6, 1.6)
shares = st.floats(-0.3, 0.3)


@given(factors, factors, st.floats(-0.6, 0.6), shares, shares, st.integers(0, 2**31))
@example(1.6, 1.0, 0.0, 0.0, 0.0, 0)  # a whole row comes from half-way between two
@settings(max_examples=40)
def test_pixels_come_from_where_they_come_from_pixel_by_pixel(
    taller: float, wider: float, turn: float, down: float, right: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(3, 9, 5, generator=generator)
    parts = torch.randint(0, 6, (9, 5), generator=generator)
    got, labels = warp(
        image[None],
        parts[None],
        torch.tensor([taller]),
        torch.tensor([wider]),
        torch.tensor([turn]),
        torch.tensor([[down], [right]]),
    )
    expected, allowed = warp_by_loops(image, parts, taller, wider, turn, down, right)
    # Places are up to 1.6 times as far apart, and the turn mixes height and width.
    assert_close(got[0], expected, terms=4, scale=1.6 * (9 + 5) * float(image.max()))
    found = labels[0].tolist()
    assert all(found[row][column] in allowed[row][column] for row in range(9) for column in range(5))


def test_nothing_drawn_from_zeros_changes_nothing() -> None:
    images, parts = coded_batch(3, 12, 8)
    same, same_parts = RandomAffine(0, 0, 0)(images, parts)
    assert torch.equal(same, images)
    assert torch.equal(same_parts, parts)


def test_images_and_parts_move_together() -> None:
    # Blocks of one part each, so that most pixels are not mixed with a neighbour of another part.
    parts = torch.randint(0, 6, (16, 4, 2), generator=torch.Generator().manual_seed(0))
    parts = parts.repeat_interleave(8, 1).repeat_interleave(8, 2)
    images = (parts * 50)[:, None].expand(-1, 3, -1, -1).to(torch.uint8)
    moved, moved_parts = RandomAffine(0.3, 0.2, 0.1)(images, parts, torch.Generator().manual_seed(1))
    assert moved.dtype == torch.uint8
    assert moved_parts.dtype == parts.dtype
    assert not torch.equal(moved_parts, parts)
    assert (moved[:, 0] == moved_parts * 50).float().mean() > 0.7


def test_the_generator_decides_and_images_move_on_their_own() -> None:
    images, parts = coded_batch(1, 16, 8)
    images, parts = images.expand(4, -1, -1, -1), parts.expand(4, -1, -1)
    one, same, other = (RandomAffine()(images, parts, torch.Generator().manual_seed(seed))[0] for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert not torch.equal(one[0], one[1])


@pytest.mark.parametrize("values", [(-0.1, 0, 0), (0, math.inf, 0), (0, 0, math.nan)])
def test_values_out_of_range_are_refused(values: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"random affine is .*expected 0 or more"):
        RandomAffine(*values)
