import pytest
import torch

from ccreid.losses import (
    BatchHardTriplet,
    FeatureConsistency,
    GlobalBatch,
    IdentityLoss,
    SupervisedContrastive,
    TotalLoss,
)

LABELS = torch.tensor([0, 1, 0, 1])


def _heads(count: int, width: int, seed: int) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(4, width, generator=generator) for _ in range(count))


def test_the_total_is_the_sum_of_the_terms_each_the_mean_over_its_heads() -> None:
    logits, embeddings = _heads(3, 2, 0), _heads(2, 5, 1)
    losses = TotalLoss(IdentityLoss(0.1), BatchHardTriplet(), FeatureConsistency())(logits, embeddings, LABELS)
    identity = sum(float(IdentityLoss(0.1)(head, LABELS)) for head in logits) / 3
    triplet = sum(float(BatchHardTriplet()(head, LABELS)) for head in embeddings) / 2
    consistency = sum(float(FeatureConsistency()(head[:2], head[2:])) for head in embeddings) / 2
    assert losses.consistency is not None
    assert float(losses.identity) == pytest.approx(identity)
    assert float(losses.triplet) == pytest.approx(triplet)
    assert float(losses.consistency) == pytest.approx(consistency)
    assert float(losses.total) == pytest.approx(identity + triplet + consistency)


def test_originals_are_compared_with_the_generated_copy_of_the_same_row() -> None:
    embeddings = torch.tensor([[0.0], [10.0], [1.0], [13.0]])
    total = TotalLoss(IdentityLoss(), BatchHardTriplet(), FeatureConsistency())
    losses = total((torch.zeros(4, 2),), (embeddings,), LABELS)
    assert losses.consistency is not None
    assert float(losses.consistency) == pytest.approx((1 + 3) / 2)


def test_images_without_a_copy_are_compared_with_none() -> None:
    embeddings = torch.tensor([[0.0], [10.0], [20.0], [26.0], [1.0]])
    total = TotalLoss(IdentityLoss(), BatchHardTriplet(), FeatureConsistency())
    labels = torch.tensor([0, 1, 1, 1, 0])
    losses = total((torch.zeros(5, 2),), (embeddings,), labels, copied=torch.tensor([2, 0]))
    assert losses.consistency is not None
    assert float(losses.consistency) == pytest.approx((6 + 1) / 2)


@pytest.mark.parametrize("consistency", [None, FeatureConsistency()])
def test_the_contrastive_loss_is_added_by_its_weight(consistency: FeatureConsistency | None) -> None:
    logits, embeddings = _heads(1, 2, 0), _heads(2, 5, 1)
    terms = IdentityLoss(), BatchHardTriplet(), consistency
    contrastive = SupervisedContrastive(0.5)
    losses = TotalLoss(*terms, contrastive=contrastive, contrastive_weight=3.0)(logits, embeddings, LABELS)
    without = TotalLoss(*terms)(logits, embeddings, LABELS)
    expected = sum(float(contrastive(head, LABELS)) for head in embeddings) / 2
    assert float(losses.by_name()["contrastive"]) == pytest.approx(expected)
    assert float(losses.total) == pytest.approx(float(without.total) + 3 * expected)
    assert "contrastive" not in without.by_name()


def test_the_contrastive_loss_sees_the_batches_of_all_processes() -> None:
    logits, embeddings = _heads(1, 2, 0), _heads(1, 5, 1)
    everyone = GlobalBatch([torch.cat([torch.ones(3, 5), embeddings[0]])], torch.tensor([0, 1, 2, *LABELS]), first=3)
    contrastive = SupervisedContrastive(0.5)
    losses = TotalLoss(IdentityLoss(), BatchHardTriplet(), contrastive=contrastive)(
        logits, embeddings, LABELS, everyone
    )
    expected = contrastive(embeddings[0], LABELS, everyone.embeddings[0], everyone.labels, 3)
    assert float(losses.by_name()["contrastive"]) == pytest.approx(float(expected))


def test_without_consistency_there_is_no_such_term_and_any_batch_will_do() -> None:
    logits, embeddings = torch.zeros(3, 2), torch.tensor([[0.0], [1.0], [0.0]])
    losses = TotalLoss(IdentityLoss(), BatchHardTriplet())((logits,), (embeddings,), LABELS[:3])
    assert losses.consistency is None
    assert torch.equal(losses.total, losses.identity + losses.triplet)


def test_a_models_own_losses_are_added_and_named() -> None:
    logits, embeddings = _heads(1, 2, 0), _heads(1, 5, 1)
    total = TotalLoss(IdentityLoss(), BatchHardTriplet(), FeatureConsistency())
    own = {"frames": torch.tensor(0.5), "semantics": torch.tensor(2.0)}
    losses, without = total(logits, embeddings, LABELS, auxiliary=own), total(logits, embeddings, LABELS)
    assert float(losses.total) == pytest.approx(float(without.total) + 2.5)
    assert losses.by_name().keys() == {"total", "identity", "triplet", "consistency", "frames", "semantics"}
    assert "frames" not in without.by_name()


def test_gradients_reach_every_head() -> None:
    logits, embeddings = _heads(2, 2, 0), _heads(2, 5, 1)
    for head in logits + embeddings:
        head.requires_grad_()
    total = TotalLoss(IdentityLoss(), BatchHardTriplet(2.0), FeatureConsistency())
    total(logits, embeddings, LABELS).total.backward()
    assert all(head.grad is not None and head.grad.abs().sum() > 0 for head in logits + embeddings)


def test_normalised_embeddings_are_compared_whatever_their_length() -> None:
    logits, embeddings = _heads(1, 2, 0), _heads(2, 5, 1)
    longer = tuple(head * torch.tensor([[1.0], [7.0], [0.1], [30.0]]) for head in embeddings)
    total = TotalLoss(IdentityLoss(), BatchHardTriplet(), FeatureConsistency(), normalise=True)
    losses, of_longer = total(logits, embeddings, LABELS), total(logits, longer, LABELS)
    unit = tuple(head / head.square().sum(dim=1, keepdim=True).sqrt() for head in embeddings)
    by_hand = TotalLoss(IdentityLoss(), BatchHardTriplet(), FeatureConsistency())(logits, unit, LABELS)
    torch.testing.assert_close(losses, by_hand)
    torch.testing.assert_close(of_longer, by_hand)


def test_normalised_embeddings_of_all_processes_are_compared() -> None:
    logits, embeddings = _heads(1, 2, 0), _heads(1, 5, 1)
    everyone = GlobalBatch([torch.cat([embeddings[0], 9 * embeddings[0].flip(0)])], torch.cat([LABELS, LABELS.flip(0)]))
    total = TotalLoss(IdentityLoss(), BatchHardTriplet(), normalise=True)
    # The others are the same images again, only longer, so they change nothing.
    torch.testing.assert_close(total(logits, embeddings, LABELS, everyone), total(logits, embeddings, LABELS))


def test_the_heads_losses_can_be_summed() -> None:
    logits, embeddings = _heads(3, 2, 0), _heads(2, 5, 1)
    mean = TotalLoss(IdentityLoss(), BatchHardTriplet(), FeatureConsistency())(logits, embeddings, LABELS)
    total = TotalLoss(IdentityLoss(), BatchHardTriplet(), FeatureConsistency(), sum_heads=True)
    losses = total(logits, embeddings, LABELS)
    assert mean.consistency is not None and losses.consistency is not None
    assert float(losses.identity) == pytest.approx(3 * float(mean.identity))
    assert float(losses.triplet) == pytest.approx(2 * float(mean.triplet))
    assert float(losses.consistency) == pytest.approx(2 * float(mean.consistency))


def test_an_odd_batch_cannot_be_originals_and_copies() -> None:
    total = TotalLoss(IdentityLoss(), BatchHardTriplet(), FeatureConsistency())
    with pytest.raises(ValueError, match="3 images"):
        total((torch.zeros(3, 2),), (torch.zeros(3, 2),), LABELS[:3])


def test_a_model_without_heads_is_refused() -> None:
    total = TotalLoss(IdentityLoss(), BatchHardTriplet())
    with pytest.raises(ValueError, match="0 logits and 1 embeddings"):
        total((), (torch.zeros(4, 2),), LABELS)
