import math

import pytest
import torch
from closeness import assert_close, rounding, summed_terms
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from ccreid.models import HACNN
from ccreid.models.hacnn import HardAttention, SoftAttention, crop_regions


@pytest.fixture
def model() -> HACNN:
    torch.manual_seed(0)
    return HACNN(7).eval()


def _inputs(module: nn.Module) -> list[Tensor]:
    """Return a list that fills with what the module is given."""
    seen: list[Tensor] = []
    module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    return seen


def test_it_has_a_global_and_a_local_embedding_of_512(model: HACNN) -> None:
    output = model(torch.randn(2, 3, 80, 32))
    assert [logits.shape for logits in output.logits] == [(2, 7)] * 2
    assert [embedding.shape for embedding in output.embeddings] == [(2, 512)] * 2
    assert output.feature.shape == (2, 1024)


def test_each_half_of_the_feature_has_length_one(model: HACNN) -> None:
    output = model(torch.randn(2, 3, 80, 32))
    for half, embedding in zip(output.feature.chunk(2, dim=1), output.embeddings, strict=True):
        assert_close(half.norm(dim=1), torch.ones(2), terms=512)
        assert_close(half * embedding.norm(dim=1, keepdim=True), embedding, terms=512)


def test_at_the_papers_size_maps_and_regions_have_the_papers_sizes(model: HACNN) -> None:
    maps = [_inputs(stage) for stage in model.stages]
    regions = [_inputs(stage) for stage in model.local_stages]
    model(torch.randn(1, 3, 160, 64))
    assert [seen[0].shape[1:] for seen in maps] == [(32, 80, 32), (128, 40, 16), (256, 20, 8)]
    assert [seen[0].shape for seen in regions] == [(4, 32, 24, 28), (4, 128, 12, 14), (4, 256, 6, 7)]


def test_a_region_that_starts_at_the_feet_sees_the_feet(model: HACNN) -> None:
    regions = _inputs(model.local_stages[0])
    model.stem = nn.Identity()  # type: ignore[assignment]  # maps (B, 32, h, w) in place of images
    rows = torch.linspace(0, 1, 80)[:, None].expand(1, 32, 80, 32).clone()
    model(rows)
    means = regions[0].mean(dim=(1, 2, 3))
    # The rows' mean in a region is its middle: (1 + tanh(y)) / 2 of the way down, where the first row's is half a row.
    middles = (1 + torch.tensor([-0.75, -0.25, 0.25, 0.75]).tanh()) / 2
    assert_close(means, (80 * middles - 0.5) / 79, terms=regions[0][0].numel() // 4)


def test_regions_of_the_attended_map_join_the_local_stream(model: HACNN) -> None:
    regions = [_inputs(stage) for stage in model.local_stages]
    images = torch.randn(1, 3, 160, 64)
    model(images)
    out = model.stages[0](model.stem(images))
    attended = out * model.soft_attention[0](out)
    centres = model.hard_attention[1](model.stages[1](attended))
    cut_out = crop_regions(attended, centres, 12, 14)[0]
    assert_close(regions[1][0], cut_out + model.local_stages[0](regions[0][0]), terms=summed_terms(model))


def _centres(*middles: tuple[float, float]) -> Tensor:
    return torch.tensor(middles)[None]


def test_four_regions_one_below_the_other_are_the_maps_quarters() -> None:
    feature_map = torch.randn(1, 3, 16, 6)
    regions = crop_regions(feature_map, _centres((0, -0.75), (0, -0.25), (0, 0.25), (0, 0.75)), 4, 6)
    assert regions.shape == (1, 4, 3, 4, 6)
    for index in range(4):
        quarter = feature_map[0, :, 4 * index : 4 * index + 4]
        assert_close(regions[0, index], quarter, terms=4, scale=16 * float(feature_map.abs().max()))


def test_what_a_region_has_beyond_the_edges_is_zero() -> None:
    regions = crop_regions(torch.ones(1, 2, 8, 8), _centres((0, -1), (0, 1), (1, 0), (-1, 0)), 2, 8)
    seen = [[float(value) for value in region[0].flatten().round()] for region in regions[0]]
    assert seen == [[0] * 8 + [1] * 8, [1] * 8 + [0] * 8, ([1] * 4 + [0] * 4) * 2, ([0] * 4 + [1] * 4) * 2]


def _bilinear(plane: Tensor, row: float, column: float) -> float:
    """Value at a position counted in pixels from the middle of the first one; zero beyond the edges."""
    total = 0.0
    for y in (math.floor(row), math.floor(row) + 1):
        for x in (math.floor(column), math.floor(column) + 1):
            if 0 <= y < plane.shape[0] and 0 <= x < plane.shape[1]:
                total += float(plane[y, x]) * (1 - abs(row - y)) * (1 - abs(column - x))
    return total


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=4, max_size=4),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_a_region_is_sampled_bilinearly(middles: list[tuple[float, float]], height: int, width: int) -> None:
    feature_map = torch.randn(1, 1, 9, 5, generator=torch.Generator().manual_seed(0))
    regions = crop_regions(feature_map, _centres(*middles), height, width)[0, :, 0]
    allowed = rounding(9 * float(feature_map.abs().max()), terms=4)
    for region, (x, y) in zip(regions, middles, strict=True):
        for row in range(height):
            for column in range(width):
                at_y = y + 0.25 * ((2 * row + 1) / height - 1)
                at_x = x + ((2 * column + 1) / width - 1)
                expected = _bilinear(feature_map[0, 0], (at_y + 1) / 2 * 9 - 0.5, (at_x + 1) / 2 * 5 - 0.5)
                assert abs(float(region[row, column]) - expected) < allowed


def test_the_regions_start_from_head_to_foot_in_every_image() -> None:
    centres = HardAttention(8)(torch.randn(3, 8, 4, 2))
    assert centres.shape == (3, 4, 2)
    assert not centres[..., 0].any()
    expected = torch.tensor([-0.75, -0.25, 0.25, 0.75]).tanh().expand(3, 4)
    assert_close(centres[..., 1], expected, terms=8)


def test_what_a_map_shows_moves_the_regions_and_keeps_their_middles_inside() -> None:
    attention = HardAttention(8)
    torch.nn.init.normal_(attention.offsets.weight, std=100)
    first, second = attention(torch.randn(2, 8, 4, 2))
    assert (first - second).abs().max() > 0.01
    assert first.abs().max() <= 1


def test_soft_weights_are_shares_of_the_maps_shape() -> None:
    torch.manual_seed(0)
    attention = SoftAttention(32).eval()
    weights = attention(torch.randn(2, 32, 5, 3))
    assert weights.shape == (2, 32, 5, 3)
    assert weights.min() >= 0
    assert weights.max() <= 1


def test_soft_weights_are_one_spatial_map_times_one_weight_a_channel() -> None:
    torch.manual_seed(0)
    attention = SoftAttention(32).eval()
    seen: list[Tensor] = []
    attention.mix.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    attention(torch.randn(1, 32, 6, 4))
    product = seen[0][0].reshape(32, 24)
    assert product.any()
    assert torch.linalg.matrix_rank(product) == 1
