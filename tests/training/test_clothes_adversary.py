from extras import needs

needs("train")

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from ccreid.datasets.record import DataSetError, ImageRecord
from ccreid.losses import ClothesAdversarialLoss
from ccreid.training.clothes_adversary import ClothesAdversary, Outfits, outfits_of


def _record(identity: int, clothes: int | str | None) -> ImageRecord:
    return ImageRecord(Path(f"{identity}_{clothes}.jpg"), None, identity, "A", clothes, 0)


def test_outfits_are_numbered_within_each_person() -> None:
    outfits = outfits_of([_record(7, "a"), _record(7, "b"), _record(3, "a"), _record(7, "a")])
    assert outfits.worn.tolist() == [0, 1, 2, 0]
    assert outfits.owner.tolist() == [7, 7, 3]


def test_images_that_do_not_say_what_is_worn_are_refused() -> None:
    with pytest.raises(DataSetError, match=r"1 of 2 training images, such as 3_None\.jpg, .* loss\.clothes_weight 0"):
        outfits_of([_record(7, "a"), _record(3, None)])


def test_people_who_never_change_are_refused() -> None:
    with pytest.raises(DataSetError, match="each of the 2 training people has one outfit"):
        outfits_of([_record(7, "a"), _record(7, "a"), _record(3, "b")])


@pytest.fixture
def adversary() -> ClothesAdversary:
    torch.manual_seed(0)
    return ClothesAdversary(5, Outfits(torch.tensor([0, 1, 2, 3]), torch.tensor([7, 7, 3, 3])))


def _cosines(adversary: ClothesAdversary, features: Tensor) -> Tensor:
    return functional.normalize(features) @ functional.normalize(adversary.weight).T


def test_the_losses_are_those_of_the_cosines(adversary: ClothesAdversary) -> None:
    features, rows = torch.randn(3, 5), torch.tensor([1, 3, 0])
    losses = adversary(features, rows, 0.5)
    own = torch.tensor([[True, True, False, False], [False, False, True, True], [True, True, False, False]])
    torch.testing.assert_close(losses["clothes"], functional.cross_entropy(16 * _cosines(adversary, features), rows))
    expected = ClothesAdversarialLoss()(_cosines(adversary, features), rows, own) / 2
    torch.testing.assert_close(losses["adversarial"], expected)


def test_each_loss_moves_its_own_side_alone(adversary: ClothesAdversary) -> None:
    features, rows = torch.randn(3, 5, requires_grad=True), torch.tensor([1, 3, 0])
    losses = adversary(features, rows, 1.0)
    losses["clothes"].backward(retain_graph=True)
    assert features.grad is None
    learned = adversary.weight.grad
    assert learned is not None
    assert learned.any()
    before = learned.clone()
    losses["adversarial"].backward()
    assert torch.equal(learned, before)
    assert features.grad is not None
    assert features.grad.any()


def test_before_it_begins_there_is_no_adversarial_loss(adversary: ClothesAdversary) -> None:
    assert adversary(torch.randn(3, 5), torch.tensor([1, 3, 0]), 0.0).keys() == {"clothes"}


def test_an_adversary_keeps_its_classifier_alone_in_its_state(adversary: ClothesAdversary) -> None:
    assert adversary.state_dict().keys() == {"weight"}


def test_a_mixed_precision_changes_nothing(adversary: ClothesAdversary) -> None:
    features, rows = torch.randn(3, 5), torch.tensor([1, 3, 0])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = adversary(features, rows, 1.0)
    assert all(torch.equal(mixed[name], value) for name, value in adversary(features, rows, 1.0).items())
