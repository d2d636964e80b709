"""Comparison of floating-point results, with a tolerance that follows from their size, their precision and the sums."""

import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

_SAFETY = 4
_HIDES_ERRORS = 0.01


def assert_close(
    got: Tensor | ArrayLike,
    expected: Tensor | ArrayLike,
    *,
    terms: int = 1,
    scale: float | None = None,
    dtype: torch.dtype | None = None,
) -> None:
    """Assert that two results are the same up to rounding, in whatever order a processor sums.

    Every value may differ by 4 * sqrt(terms) * eps * scale, see `rounding`. Each of n roundings is off by at most half
    an eps of the values at hand, in a random direction, so together they drift by about sqrt(n) of that; the 4 are for
    the worst of many values and for both results being rounded. The scale is the largest value of the whole, not each
    value's own, because a small value is often what is left of large ones that cancel.

    It does not hide an error. A wrong weight, pixel, stride, sign or constant moves some value by a share of the
    scale, hardly ever below a hundredth of it. What is allowed is half a millionth of the scale after one operation
    in float32 and a ten-thousandth after all sums of a ResNet-50; a share above a hundredth is refused. Where a network
    can be computed in float64, by `.double()`, the same bound is five hundred million times as tight.

    Args:
        got: What is tested; a tensor, an array or nested lists of numbers, which are taken for float64.
        expected: The reference, of the same shape.
        terms: How many roundings follow one another on the way to a value: the numbers that are summed, over all layers
            (`summed_terms`).
        scale: Size of the values that are rounded; the largest absolute value expected where None. To be given where
            all that is left is small, or where places are rounded too: a picture of s pixels a side that is sampled
            between pixels has the scale s times its largest value, since a place is off by up to s * eps pixels.
        dtype: Precision of the computation; the coarser of the two results' where None.
    """
    one, other = _tensor(got), _tensor(expected)
    assert one.shape == other.shape, f"shapes {tuple(one.shape)} and {tuple(other.shape)}"
    if dtype is None:
        dtype = max(one.dtype, other.dtype, key=lambda kind: torch.finfo(kind).eps)
    one, other = one.double(), other.double()
    if scale is None:
        scale = float(other.abs().max())
    allowed = rounding(scale, terms, dtype)
    difference = (one - other).abs()
    if not (difference <= allowed).all():  # which not-a-number is not either
        worst = int(difference.nan_to_num(math.inf).argmax())
        raise AssertionError(
            f"{one.flatten()[worst]:.9g} instead of {other.flatten()[worst]:.9g} at {worst} of {tuple(one.shape)}: "
            f"{difference.flatten()[worst]:.3g} apart, {allowed:.3g} is rounding ({terms} terms, scale {scale:.3g})"
        )


def rounding(scale: float, terms: int = 1, dtype: torch.dtype = torch.float32) -> float:
    """Return by how much a value may differ through rounding alone, as for the `abs` of `pytest.approx`.

    Args:
        scale: Size of the values that are rounded.
        terms: How many roundings follow one another on the way to the value.
        dtype: Precision of the computation.
    """
    share = _SAFETY * math.sqrt(terms) * torch.finfo(dtype).eps
    assert share <= _HIDES_ERRORS, f"{share:.2g} of the scale would hide an error: compute in a higher precision"
    return share * scale


def summed_terms(module: nn.Module) -> int:
    """Return how many products go into a value that has passed through all convolutions and linear layers of a module.

    Layers beside one another are counted as if they came one after the other.
    """
    layers = [layer for layer in module.modules() if isinstance(layer, nn.Linear | nn.modules.conv._ConvNd)]
    return sum(layer.weight.numel() // _outputs(layer) for layer in layers)


def _outputs(layer: nn.Linear | nn.modules.conv._ConvNd) -> int:
    return layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels


def _tensor(values: Tensor | ArrayLike) -> Tensor:
    if isinstance(values, Tensor):
        return values.detach()
    return torch.from_numpy(np.array(values, dtype=None if isinstance(values, np.ndarray | np.generic) else np.float64))
