import math

import pytest
import torch
from closeness import assert_close

from ccreid.errors import BadValueError
from ccreid.losses import SupervisedContrastive


def _slow(embeddings: list[list[float]], labels: list[int], temperature: float) -> float:
    """L_out of the paper, image by image and positive by positive."""
    unit = [[value / math.hypot(*row) for value in row] for row in embeddings]

    def similarity(one: int, other: int) -> float:
        return sum(a * b for a, b in zip(unit[one], unit[other], strict=True)) / temperature

    total = 0.0
    for anchor, label in enumerate(labels):
        others = [place for place in range(len(labels)) if place != anchor]
        positives = [place for place in others if labels[place] == label]
        everyone = sum(math.exp(similarity(anchor, place)) for place in others)
        logs = [math.log(math.exp(similarity(anchor, place)) / everyone) for place in positives]
        total += -sum(logs) / len(positives) if positives else 0.0
    return total / len(labels)


def test_it_is_the_papers_sum() -> None:
    embeddings = torch.randn(9, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    labels = [0, 0, 1, 1, 1, 2, 3, 3, 3]  # the third identity has one image
    got = SupervisedContrastive(0.3)(embeddings, torch.tensor(labels))
    assert float(got) == pytest.approx(_slow(embeddings.tolist(), labels, 0.3), rel=1e-9)


def test_the_length_of_an_embedding_does_not_matter() -> None:
    embeddings = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 0, 1, 1, 2, 2])
    assert_close(SupervisedContrastive()(embeddings * 7, labels), SupervisedContrastive()(embeddings, labels), terms=64)


def test_the_shares_of_several_processes_come_to_the_whole() -> None:
    embeddings = torch.randn(8, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 0, 1, 1, 0, 0, 2, 2])
    loss = SupervisedContrastive()
    shares = [loss(embeddings[i : i + 4], labels[i : i + 4], embeddings, labels, first=i) for i in (0, 4)]
    torch.testing.assert_close((shares[0] + shares[1]) / 2, loss(embeddings, labels))


def test_a_step_against_the_gradient_lowers_it() -> None:
    embeddings = torch.randn(8, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    labels = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
    before = SupervisedContrastive()(embeddings, labels)
    (gradient,) = torch.autograd.grad(before, embeddings)
    assert SupervisedContrastive()(embeddings.detach() - 0.05 * gradient, labels) < before


def test_images_of_identities_that_occur_once_give_a_finite_gradient() -> None:
    embeddings = torch.randn(3, 4).requires_grad_()
    loss = SupervisedContrastive()(embeddings, torch.tensor([0, 1, 2]))
    loss.backward()
    assert float(loss.detach()) == 0
    assert embeddings.grad is not None
    assert not embeddings.grad.any()


def test_a_temperature_that_is_not_above_0_is_refused() -> None:
    with pytest.raises(BadValueError, match="the temperature is 0"):
        SupervisedContrastive(0)


def test_a_mixed_precision_changes_nothing() -> None:
    embeddings, labels = torch.randn(6, 4), torch.tensor([0, 0, 1, 1, 2, 2])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = SupervisedContrastive()(embeddings, labels)
    assert torch.equal(mixed, SupervisedContrastive()(embeddings, labels))
