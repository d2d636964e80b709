import math

import pytest
import torch
from torch import nn

from ccreid.losses import FeatureConsistency, SigmoidConsistency

ORIGINALS = torch.tensor([[1.0, 2.0], [0.0, 0.0]])
GENERATED = torch.tensor([[4.0, 6.0], [1.0, 0.0]])  # at distances 5 and 1


def test_the_norm_is_not_squared() -> None:
    assert float(FeatureConsistency()(ORIGINALS, GENERATED)) == pytest.approx(3.0)


def test_the_released_variant_is_the_sigmoid_of_the_squared_distance() -> None:
    def sigmoid(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    expected = (sigmoid(25) + sigmoid(1)) / 2
    assert float(SigmoidConsistency()(ORIGINALS, GENERATED)) == pytest.approx(expected)


def test_the_released_variant_saturates() -> None:
    squared = torch.tensor(20.0, dtype=torch.float64, requires_grad=True)
    generated = squared.sqrt().view(1, 1)
    SigmoidConsistency()(torch.zeros(1, 1, dtype=torch.float64), generated).backward()
    assert squared.grad is not None
    assert float(squared.grad) == pytest.approx(2.06e-9, rel=1e-2)


@pytest.mark.parametrize("loss", [FeatureConsistency(), SigmoidConsistency()])
def test_equal_features_have_a_zero_gradient(loss: nn.Module) -> None:
    originals = torch.ones(3, 4, requires_grad=True)
    loss(originals, torch.ones(3, 4)).backward()
    assert originals.grad is not None
    assert torch.equal(originals.grad, torch.zeros(3, 4))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_features_do_not_overflow(dtype: torch.dtype) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        loss = FeatureConsistency()(torch.zeros(1, 2, dtype=dtype), torch.tensor([[384.0, 512.0]], dtype=dtype))
    assert loss.dtype == torch.float32
    assert float(loss) == pytest.approx(640.0)
