import pytest
import torch

from ccreid.models import SYSTEMS, build_model
from ccreid.models.gi_reid import FRAMES
from ccreid.models.network import PartsUse, ReIDNetwork, WalkWindow, training_inputs


def _reading(use: PartsUse) -> ReIDNetwork:
    class Reading(ReIDNetwork):
        reads_parts = use

    return Reading()


@pytest.mark.parametrize(("use", "count"), [("never", 1), ("always", 2), ("walks", 1)])
def test_a_network_is_trained_on_what_it_says_it_reads(use: PartsUse, count: int) -> None:
    images, parts = torch.zeros(2, 3, 4, 2), torch.zeros(2, 4, 2, dtype=torch.uint8)
    assert training_inputs(_reading(use), images, parts) == (images, parts)[:count]


def test_a_network_that_reads_walks_has_them_in_place_of_the_part_maps() -> None:
    images, parts = torch.zeros(2, 3, 4, 2), torch.zeros(2, 4, 2, dtype=torch.uint8)
    walk = WalkWindow(torch.zeros(2, FRAMES, 4, 2), torch.ones(2, FRAMES, dtype=torch.bool))
    assert training_inputs(_reading("walks"), images, parts, walk) == (images, walk)


@pytest.mark.slow
@pytest.mark.parametrize("system", [name for name in SYSTEMS if name != "face"])
def test_a_network_knows_its_training_identities(system: str) -> None:
    assert build_model(system, 7, "resnet18").num_identities == 7


def test_a_network_of_ones_own_needs_to_say_nothing() -> None:
    network = ReIDNetwork()
    assert (network.reads_parts, network.reads_own_size, network.resamples) == ("never", False, False)
    assert network.num_identities == 0
