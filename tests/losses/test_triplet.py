import math

import pytest
import torch
from closeness import assert_close
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ccreid.losses import BatchHardTriplet


def triplet_by_loops(embeddings: Tensor, labels: Tensor, margin: float) -> Tensor:
    """Eq. (5), anchor by anchor, with gradients."""
    total = embeddings.new_zeros(())
    for anchor, label in zip(embeddings, labels, strict=True):
        positives = [math.dist(anchor.tolist(), e.tolist()) for e in embeddings[labels == label]]
        negatives = [math.dist(anchor.tolist(), e.tolist()) for e in embeddings[labels != label]]
        if not negatives:
            continue
        farthest = embeddings[labels == label][positives.index(max(positives))]
        nearest = embeddings[labels != label][negatives.index(min(negatives))]
        to_positive = (anchor - farthest).norm() if max(positives) > 0 else 0
        to_negative = (anchor - nearest).norm() if min(negatives) > 0 else 0
        total = total + torch.clamp(torch.as_tensor(margin + to_positive - to_negative), min=0)
    return total / len(labels)


def test_the_loss_is_that_of_hand_computed_distances() -> None:
    # On a line: identity 0 at 0 and 3, identity 1 at 4 and 10.
    embeddings = torch.tensor([[0.0], [3.0], [4.0], [10.0]])
    # Anchor 0: 3 - 4, anchor 3: 3 - 1, anchor 4: 6 - 1, anchor 10: 6 - 7, each with the margin 0.5 and not below 0.
    expected = (0 + 2.5 + 5.5 + 0) / 4
    assert float(BatchHardTriplet(0.5)(embeddings, torch.tensor([0, 0, 1, 1]))) == pytest.approx(expected)


@pytest.mark.slow
@given(
    st.integers(2, 10), st.integers(1, 4), st.integers(1, 4), st.sampled_from([0.0, 0.3, 5.0]), st.integers(0, 2**31)
)
@settings(max_examples=50)
def test_values_and_gradients_are_those_of_a_loop_over_anchors(
    batch: int, dimensions: int, identities: int, margin: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(batch, dimensions, generator=generator, dtype=torch.float64, requires_grad=True)
    labels = torch.randint(0, identities, (batch,), generator=generator)
    fast, slow = BatchHardTriplet(margin)(embeddings, labels), triplet_by_loops(embeddings, labels, margin)
    assert_close(fast, slow, terms=batch * dimensions, scale=margin + 10)
    (gradient,) = torch.autograd.grad(fast, embeddings)
    expected = torch.autograd.grad(slow, embeddings)[0] if slow.requires_grad else torch.zeros_like(embeddings)
    assert_close(gradient, expected, terms=batch * dimensions, scale=1)  # sums of directions


def test_small_distances_between_long_embeddings_are_exact() -> None:
    embeddings = torch.full((4, 2048), 100.0)
    embeddings[:, 0] += torch.tensor([0.0, 1 / 32, 2 / 32, 4 / 32])
    loss = BatchHardTriplet(1.0)(embeddings, torch.tensor([0, 0, 1, 1]))
    # Distances in 32nds: positives 1, 1, 2, 2; negatives 2, 1, 1, 3.
    assert float(loss) == pytest.approx(1 + (1 + 1 + 2 + 2 - 2 - 1 - 1 - 3) / 32 / 4)


def test_equal_embeddings_cost_the_margin_and_have_finite_gradients() -> None:
    embeddings = torch.ones(6, 8, requires_grad=True)
    loss = BatchHardTriplet(0.3)(embeddings, torch.tensor([0, 0, 1, 1, 2, 2]))
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0.3)
    assert embeddings.grad is not None
    assert torch.equal(embeddings.grad, torch.zeros(6, 8))


def test_an_identity_that_occurs_once_is_its_own_positive() -> None:
    embeddings = torch.tensor([[0.0], [1.0], [1.25]])
    loss = BatchHardTriplet(0.5)(embeddings, torch.tensor([0, 1, 1]))
    # Anchor 0: 0 - 1; anchor 1: 0.25 - 1; anchor 1.25: 0.25 - 1.25.
    assert float(loss) == 0
    loss = BatchHardTriplet(2.0)(embeddings, torch.tensor([0, 1, 1]))
    assert float(loss) == pytest.approx((1.0 + 1.25 + 1.0) / 3)


def test_a_batch_of_one_identity_costs_nothing() -> None:
    embeddings = torch.randn(4, 3, requires_grad=True)
    loss = BatchHardTriplet()(embeddings, torch.zeros(4, dtype=torch.int64))
    loss.backward()
    assert float(loss.detach()) == 0
    assert embeddings.grad is not None
    assert torch.equal(embeddings.grad, torch.zeros(4, 3))


def test_half_precision_embeddings_do_not_overflow() -> None:
    embeddings = torch.tensor([[0.0, 0.0], [400.0, 300.0]], dtype=torch.float16)
    with torch.autocast("cpu", torch.bfloat16):
        loss = BatchHardTriplet(501.0)(embeddings, torch.tensor([0, 1]))
    assert loss.dtype == torch.float32
    assert float(loss) == pytest.approx(1.0)


def test_a_negative_margin_is_refused() -> None:
    with pytest.raises(ValueError, match=r"-0\.3"):
        BatchHardTriplet(-0.3)


def test_images_of_other_processes_are_chosen_too() -> None:
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(12, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    labels = torch.arange(4).repeat(3)
    whole = BatchHardTriplet()(embeddings, labels)
    halves = [
        BatchHardTriplet()(embeddings[half], labels[half], embeddings, labels) for half in (slice(0, 6), slice(6, 12))
    ]
    assert_close((halves[0] + halves[1]) / 2, whole, terms=12 * 5)
    (expected,) = torch.autograd.grad(whole, embeddings)
    (got,) = torch.autograd.grad((halves[0] + halves[1]) / 2, embeddings)
    assert_close(got, expected, terms=12 * 5)
