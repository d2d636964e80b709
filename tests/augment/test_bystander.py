import pytest
import torch

from ccreid.augment.bystander import RandomBystander
from ccreid.parts import Part


def _two() -> tuple[torch.Tensor, torch.Tensor]:
    """Two images, of value 1 and 2 where their person is."""
    parts = torch.zeros(2, 40, 20, dtype=torch.uint8)
    parts[:, 10:30, 7:13] = Part.PANTS
    images = torch.zeros(2, 3, 40, 20)
    for place in range(2):
        images[place, :, 10:30, 7:13] = place + 1
    return images, parts


def test_the_others_person_comes_in_beside_and_is_background() -> None:
    images, parts = _two()
    seen = set()
    for seed in range(10):
        changed, same = RandomBystander(1.0)(images, parts, torch.Generator().manual_seed(seed))
        assert torch.equal(same, parts)
        for place, other in ((0, 2), (1, 1)):
            own = parts[place] > 0
            assert torch.equal(changed[place][:, own], images[place][:, own])
            beside = changed[place, 0] == other
            beside &= ~own
            if beside.any():
                columns = beside.any(0).nonzero()
                seen.add("left" if int(columns.max()) < 10 else "right")
            assert set(changed[place].unique().tolist()) <= {0.0, 1.0, 2.0}
    assert seen == {"left", "right"}


def test_nobody_comes_at_probability_0() -> None:
    images, parts = _two()
    assert torch.equal(RandomBystander(0.0)(images, parts)[0], images)


def test_the_images_given_stay_as_they_are() -> None:
    images, parts = _two()
    before = images.clone()
    RandomBystander(1.0)(images, parts, torch.Generator().manual_seed(0))
    assert torch.equal(images, before)


def test_a_probability_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="bystander probability is 2"):
        RandomBystander(2)
