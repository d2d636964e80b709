import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from ccreid.models.semantic_consistency import SemanticConsistency, mean_discrepancy


def _kernel(first: list[float], second: list[float]) -> float:
    square = sum((one - two) ** 2 for one, two in zip(first, second, strict=True))
    return sum(math.exp(-square / (2 * sigma**2)) for sigma in (0.001, 0.01, 0.05, 0.1, 0.2, 1, 2))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_the_discrepancy_compares_all_pairs(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    first, second = (functional.normalize(torch.randn(4, 3, generator=generator)) for _ in range(2))
    ones, twos = first.tolist(), second.tolist()
    expected = sum(
        _kernel(ones[i], ones[j]) + _kernel(twos[i], twos[j]) - 2 * _kernel(ones[i], twos[j])
        for i in range(4)
        for j in range(4)
    )
    assert float(mean_discrepancy(first, second)) == pytest.approx(expected / 16, abs=1e-3)


def test_samples_of_one_distribution_do_not_differ_in_whatever_order() -> None:
    sample = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    assert float(mean_discrepancy(sample, sample.flip(0))) == pytest.approx(0, abs=1e-5)
    assert float(mean_discrepancy(sample, sample + 3)) > 1


def test_learning_brings_the_streams_together() -> None:
    torch.manual_seed(0)
    consistency = SemanticConsistency(8)
    first, second = torch.randn(2, 12, 8)
    optimizer = torch.optim.SGD(consistency.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(100):
        loss = consistency(first, second)
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < losses[0] * 2 / 3
