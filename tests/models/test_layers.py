import torch
from closeness import assert_close
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from ccreid.models.layers import reduction, stripes


def test_six_stripes_of_twelve_rows_have_two_rows_each() -> None:
    rows = torch.arange(12.0).reshape(1, 1, 12, 1).expand(1, 1, 12, 3)
    found = [sorted(set(stripe.flatten().tolist())) for stripe in stripes(rows, 6)]
    assert found == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]


def test_stripes_that_do_not_divide_the_rows_share_a_row_with_their_neighbours() -> None:
    rows = torch.arange(5.0).reshape(1, 1, 5, 1)
    assert [stripe.flatten().tolist() for stripe in stripes(rows, 2)] == [[0, 1, 2], [2, 3, 4]]


@given(st.integers(1, 20), st.integers(1, 9), st.integers(1, 4))
def test_pooled_stripes_are_torchs_adaptive_pooling(height: int, count: int, width: int) -> None:
    feature_map = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(height))
    means = torch.stack([stripe.mean(dim=(2, 3)) for stripe in stripes(feature_map, count)], dim=2)
    maxima = torch.stack([stripe.amax(dim=(2, 3)) for stripe in stripes(feature_map, count)], dim=2)
    expected = functional.adaptive_avg_pool2d(feature_map, (count, 1))[..., 0]
    assert_close(means, expected, terms=height * width, scale=float(feature_map.abs().max()))
    assert torch.equal(maxima, functional.adaptive_max_pool2d(feature_map, (count, 1))[..., 0])


def test_a_reduction_is_the_papers_1x1_convolution_on_a_pooled_feature() -> None:
    torch.manual_seed(0)
    head = reduction(12, 5).double().train()
    convolution, norm = nn.Conv2d(12, 5, 1, bias=False).double(), nn.BatchNorm2d(5).double()
    convolution.weight.data = head[0].weight.data[..., None, None].clone()
    pooled = torch.randn(6, 12, dtype=torch.float64)
    expected = norm(convolution(pooled[..., None, None])).clamp_min(0)[..., 0, 0]
    assert_close(head(pooled), expected, terms=12 * 6)
    assert_close(head[1].running_var, norm.running_var, terms=12 * 6)
