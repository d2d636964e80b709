import numpy as np
import pytest
import torch
from closeness import assert_close, rounding, summed_terms
from torch import nn


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("terms", [10, 1000, 30_000])
def test_sums_in_another_order_are_close_and_one_value_that_is_off_by_a_thousandth_is_not(
    dtype: type[np.floating], terms: int
) -> None:
    values = np.random.default_rng(0).normal(size=(8, terms)).astype(dtype)
    one, other = (np.add.accumulate(x, axis=1)[:, -1] for x in (values, values[:, ::-1]))
    assert not np.array_equal(one, other)
    assert_close(one, other, terms=terms)
    other[3] += 1e-3 * np.abs(other).max()
    with pytest.raises(AssertionError, match=r"at 3 of \(8,\)"):
        assert_close(one, other, terms=terms)


def test_what_is_not_a_number_or_of_another_shape_is_not_close() -> None:
    with pytest.raises(AssertionError, match="nan instead of 1"):
        assert_close(torch.tensor([1.0, torch.nan]), torch.ones(2))
    with pytest.raises(AssertionError, match="shapes"):
        assert_close(torch.ones(2), torch.ones(2, 1))


def test_zeros_are_zeros_unless_the_scale_is_given() -> None:
    with pytest.raises(AssertionError, match="0 is rounding"):
        assert_close([1e-30], [0.0])
    assert_close([1e-7], [0.0], scale=1, dtype=torch.float32)


def test_a_tolerance_that_would_hide_an_error_is_refused() -> None:
    with pytest.raises(AssertionError, match="would hide an error"):
        rounding(1, terms=100, dtype=torch.float16)


def test_the_terms_of_a_network_are_its_layers_inputs() -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 5), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3, groups=8), nn.Linear(7, 2))
    assert summed_terms(network) == 75 + 9 + 7
