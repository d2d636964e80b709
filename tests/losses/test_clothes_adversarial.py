import math

import pytest
import torch

from ccreid.errors import BadValueError
from ccreid.losses import ClothesAdversarialLoss

# Who each of six outfits belongs to: the first person has three, the second two, the third one.
OWNERS = [0, 0, 0, 1, 1, 2]


def _slow(cosines: list[list[float]], outfits: list[int], epsilon: float, scale: float) -> float:
    """The paper's formula, image by image and outfit by outfit."""
    total = 0.0
    for row, worn in zip(cosines, outfits, strict=True):
        own = [outfit for outfit, owner in enumerate(OWNERS) if owner == OWNERS[worn]]
        strangers = sum(math.exp(scale * value) for outfit, value in enumerate(row) if outfit not in own)
        for outfit in own:
            target = epsilon / len(own) + (1 - epsilon if outfit == worn else 0)
            here = math.exp(scale * row[outfit])
            total -= target * math.log(here / (here + strangers))
    return total / len(outfits)


def _own(outfits: list[int]) -> torch.Tensor:
    owners = torch.tensor(OWNERS)
    return owners[outfits][:, None] == owners


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 1.0])
def test_it_is_the_papers_sum(epsilon: float) -> None:
    cosines = torch.rand(4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    outfits = [1, 3, 5, 2]
    got = ClothesAdversarialLoss(epsilon, scale=4.0)(cosines, torch.tensor(outfits), _own(outfits))
    assert float(got) == pytest.approx(_slow(cosines.tolist(), outfits, epsilon, 4.0), rel=1e-9)


def test_a_persons_outfits_do_not_compete() -> None:
    """The gradient draws features towards each outfit of the person, and away from all others."""
    cosines = torch.zeros(1, 6, requires_grad=True)
    ClothesAdversarialLoss(0.3)(cosines, torch.tensor([1]), _own([1])).backward()
    assert cosines.grad is not None
    assert (cosines.grad[0, :3] < 0).all()
    assert (cosines.grad[0, 3:] > 0).all()
    assert cosines.grad[0, 1] < cosines.grad[0, 0]


def test_cosines_of_few_bits_and_large_scales_stay_finite() -> None:
    cosines = torch.tensor([[1.0, -1.0, 1.0, -1.0, 1.0, 1.0]], dtype=torch.bfloat16, requires_grad=True)
    loss = ClothesAdversarialLoss(scale=1e4)(cosines, torch.tensor([3]), _own([3]))
    loss.backward()
    assert loss.dtype == torch.float32
    assert loss.isfinite()
    assert cosines.grad is not None
    assert cosines.grad.isfinite().all()


def test_a_share_out_of_its_range_is_refused() -> None:
    with pytest.raises(BadValueError, match=r"epsilon is 1\.5"):
        ClothesAdversarialLoss(1.5)
