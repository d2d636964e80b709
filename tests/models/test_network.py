import pytest
import torch
from torch import nn

from ccreid.models import SYSTEMS
from ccreid.models.gi_reid import FRAMES
from ccreid.models.network import PartsUse, WalkWindow, parts_use, training_inputs


class Reading(nn.Module):
    def __init__(self, use: PartsUse) -> None:
        super().__init__()
        self.reads_parts = use


@pytest.mark.parametrize(("use", "count"), [("never", 1), ("training", 2), ("always", 2)])
def test_a_model_is_trained_on_what_it_says_it_reads(use: PartsUse, count: int) -> None:
    images, parts = torch.zeros(2, 3, 4, 2), torch.zeros(2, 4, 2, dtype=torch.uint8)
    assert training_inputs(Reading(use), images, parts) == (images, parts)[:count]


def test_a_model_that_reads_walks_has_them_in_place_of_the_part_maps() -> None:
    images, parts = torch.zeros(2, 3, 4, 2), torch.zeros(2, 4, 2, dtype=torch.uint8)
    walk = WalkWindow(torch.zeros(2, FRAMES, 4, 2), torch.ones(2, FRAMES, dtype=torch.bool))
    assert training_inputs(Reading("walks"), images, parts, walk) == (images, walk)


def test_a_model_that_says_nothing_reads_none() -> None:
    assert parts_use(nn.Identity()) == "never"
    assert parts_use(SYSTEMS["baseline"]) == "never"
