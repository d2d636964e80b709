import math

import pytest
import torch

from ccreid.losses import IdentityLoss


def test_the_loss_is_that_of_hand_computed_probabilities() -> None:
    # Softmax of (log 1, log 3) is (1/4, 3/4), of (0, 0) it is (1/2, 1/2).
    logits = torch.tensor([[0.0, math.log(3)], [0.0, 0.0]])
    loss = IdentityLoss()(logits, torch.tensor([1, 0]))
    assert float(loss) == pytest.approx((-math.log(3 / 4) - math.log(1 / 2)) / 2)


def test_smoothing_spreads_a_share_over_all_identities() -> None:
    logits = torch.tensor([[0.0, math.log(3)]])
    expected = -(0.95 * math.log(3 / 4) + 0.05 * math.log(1 / 4))
    assert float(IdentityLoss(label_smoothing=0.1)(logits, torch.tensor([1]))) == pytest.approx(expected)


def test_half_precision_logits_give_a_float32_loss() -> None:
    logits = torch.tensor([[30000.0, -30000.0]], dtype=torch.float16)
    loss = IdentityLoss()(logits, torch.tensor([1]))
    assert loss.dtype == torch.float32
    assert float(loss) == pytest.approx(60000)


def test_a_smoothing_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.1"):
        IdentityLoss(1.1)
