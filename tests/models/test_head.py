import numpy as np
import pytest
import torch
from closeness import assert_close, rounding
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ccreid.models import Baseline, Head
from ccreid.models.head import MARGIN, head_boxes, head_crops

HEIGHT, WIDTH = 24, 12

PIXELS = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1))


def _batch() -> tuple[Tensor, Tensor]:
    images = torch.randn(3, 3, 64, 32, generator=torch.Generator().manual_seed(0))
    parts = torch.zeros(3, 64, 32, dtype=torch.uint8)
    parts[:2, 4:16, 10:20] = 1
    parts[:, 20:40] = 2
    return images, parts


def test_it_is_the_baseline_on_the_heads() -> None:
    torch.manual_seed(0)
    model = Head(5, "resnet18").eval()
    baseline = Baseline(5, "resnet18").eval()
    baseline.load_state_dict(model.baseline.state_dict())
    images, parts = _batch()
    output, expected = model(images, parts), baseline(head_crops(images, parts)[0])
    assert torch.equal(output.embeddings[0], expected.embeddings[0])
    assert torch.equal(output.logits[0], expected.logits[0])
    assert torch.equal(output.feature[:2], expected.feature[:2])


def test_an_image_without_a_head_has_a_feature_of_zeros() -> None:
    feature = Head(5, "resnet18").eval()(*_batch()).feature
    assert not feature[2].any()
    assert feature[:2].any(1).all()


def test_clothes_do_not_matter() -> None:
    model = Head(5, "resnet18").eval()
    images, parts = _batch()
    others = images.clone()
    others[:, :, 20:] = 0
    assert torch.equal(model(others, parts).feature, model(images, parts).feature)


def _part_map(head: set[tuple[int, int]], elsewhere: int = 2) -> Tensor:
    parts = torch.full((HEIGHT, WIDTH), elsewhere, dtype=torch.uint8)
    for row, column in head:
        parts[row, column] = 1
    return parts


def _noise(count: int, seed: int = 0) -> Tensor:
    return torch.randn(count, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(seed))


def _slow_crop(image: Tensor, parts: Tensor) -> Tensor:
    """Cut out one head, pixel by pixel."""
    height, width = parts.shape
    size = min(height, width)
    crop = torch.zeros(3, size, size)
    rows = [row for row in range(height) for column in range(width) if parts[row, column] == 1]
    columns = [column for row in range(height) for column in range(width) if parts[row, column] == 1]
    if not rows:
        return crop
    top, bottom, left, right = min(rows), max(rows) + 1, min(columns), max(columns) + 1
    side = max(bottom - top, right - left) * (1 + 2 * MARGIN)
    for row in range(size):
        for column in range(size):
            y = (top + bottom) / 2 - side / 2 + (row + 0.5) * side / size - 0.5
            x = (left + right) / 2 - side / 2 + (column + 0.5) * side / size - 0.5
            for near_y in (int(np.floor(y)), int(np.floor(y)) + 1):
                for near_x in (int(np.floor(x)), int(np.floor(x)) + 1):
                    if 0 <= near_y < height and 0 <= near_x < width:
                        weight = (1 - abs(y - near_y)) * (1 - abs(x - near_x))
                        crop[:, row, column] += weight * image[:, near_y, near_x]
    return crop


@pytest.mark.slow
@given(st.lists(st.sets(PIXELS, max_size=6), min_size=1, max_size=3))
@settings(max_examples=15)
def test_crops_are_those_of_a_plain_loop(heads: list[set[tuple[int, int]]]) -> None:
    images, parts = _noise(len(heads)), torch.stack([_part_map(head) for head in heads])
    crops, found = head_crops(images, parts)
    assert crops.shape == (len(heads), 3, WIDTH, WIDTH)
    assert found.tolist() == [bool(head) for head in heads]
    expected = torch.stack([_slow_crop(image, part) for image, part in zip(images, parts, strict=True)])
    assert_close(crops, expected, terms=4, scale=HEIGHT * float(images.abs().max()))


@given(st.sets(PIXELS, min_size=1, max_size=8))
def test_the_square_holds_every_head_pixel_with_the_margin(head: set[tuple[int, int]]) -> None:
    (x, y, side), found = head_boxes(_part_map(head)[None])[0][0].tolist(), head_boxes(_part_map(head)[None])[1]
    assert found.all()
    for row, column in head:
        assert max(abs(column + 0.5 - x), abs(row + 0.5 - y)) + 0.5 <= side / 2 / (1 + 2 * MARGIN) + rounding(HEIGHT)


@pytest.mark.slow
@given(st.sets(PIXELS, min_size=1, max_size=8), st.integers(0, 2**16))
def test_what_is_outside_the_square_and_which_other_parts_there_are_changes_nothing(
    head: set[tuple[int, int]], seed: int
) -> None:
    parts = _part_map(head)[None]
    x, y, side = head_boxes(parts)[0][0].tolist()
    rows, columns = torch.arange(HEIGHT) + 0.5, torch.arange(WIDTH) + 0.5
    # What is on the square's edge is blended with pixels whose middle is up to one pixel outside.
    outside = ((rows - y).abs()[:, None] > side / 2 + 1) | ((columns - x).abs()[None] > side / 2 + 1)
    others = torch.where(outside, _noise(1, seed), _noise(1))
    expected, _ = head_crops(_noise(1), parts)
    assert torch.equal(head_crops(others, _part_map(head, elsewhere=5)[None])[0], expected)


@pytest.mark.slow
@given(st.sets(PIXELS, min_size=1, max_size=8))
def test_a_mirrored_image_has_the_mirrored_head(head: set[tuple[int, int]]) -> None:
    images, parts = _noise(1), _part_map(head)[None]
    crops, _ = head_crops(images, parts)
    mirrored, _ = head_crops(images.flip(3), parts.flip(2))
    assert_close(mirrored, crops.flip(3), terms=4, scale=HEIGHT * float(images.abs().max()))


def test_a_round_head_stays_round() -> None:
    rows, columns = torch.arange(HEIGHT)[:, None] - 7.5, torch.arange(WIDTH)[None] - 5.5
    disc = rows.square() + columns.square() < 16
    crops, _ = head_crops(disc.float().expand(1, 3, -1, -1), disc.to(torch.uint8)[None])
    assert_close(crops, crops.transpose(2, 3), terms=4, scale=HEIGHT)
    assert 0.3 < crops.mean() < 0.6


def test_a_head_at_the_edge_is_filled_up_with_the_mean_colour() -> None:
    parts = torch.zeros(1, HEIGHT, WIDTH, dtype=torch.uint8)
    parts[:, 4:8, 0] = 1
    crops, _ = head_crops(torch.ones(1, 3, HEIGHT, WIDTH), parts)
    assert not crops[:, :, :, 0].any()
    assert crops[:, :, :, -1].all()


def test_crops_under_autocast_are_those_without() -> None:
    parts = _part_map({(3, 4), (9, 8)})[None]
    expected, _ = head_crops(_noise(1), parts)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(head_crops(_noise(1), parts)[0], expected)
