import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ccreid.models.gait_set import BINS, SCALES, GaitSet, horizontal_pyramid


def _plain_pyramid(maps: Tensor) -> Tensor:
    count, channels, height, width = maps.shape
    bins = torch.zeros(count, sum(SCALES), channels)
    for image in range(count):
        for channel in range(channels):
            place = 0
            for scale in SCALES:
                for stripe in range(scale):
                    begin, end = stripe * height // scale, -(-(stripe + 1) * height // scale)
                    inside = [
                        float(maps[image, channel, row, column]) for row in range(begin, end) for column in range(width)
                    ]
                    bins[image, place, channel] = sum(inside) / len(inside) + max(inside)
                    place += 1
    return bins


@pytest.mark.parametrize("height", [16, 8, 5])
def test_stripes_are_mean_plus_maximum(height: int) -> None:
    maps = torch.randn(2, 3, height, 4, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(horizontal_pyramid(maps), _plain_pyramid(maps), atol=1e-5)


def _walks(count: int, frames: int, seed: int) -> Tensor:
    return torch.rand(count, frames, 16, 11, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(5)), st.integers(0, 100))
def test_the_order_of_the_frames_does_not_matter(order: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    network, walks = GaitSet(8), _walks(2, 5, seed)
    assert torch.allclose(network(walks[:, order]), network(walks), atol=1e-5)


def test_a_frame_seen_twice_counts_once() -> None:
    network, walks = GaitSet(8), _walks(2, 3, 0)
    assert torch.allclose(network(walks[:, [0, 1, 2, 1]]), network(walks), atol=1e-5)


def test_a_further_frame_changes_the_features() -> None:
    network, walks = GaitSet(8), _walks(2, 3, 0)
    assert not torch.allclose(network(walks[:, :2]), network(walks), atol=1e-4)


def test_each_walk_has_62_stripes_of_its_own() -> None:
    network, walks = GaitSet().eval(), _walks(3, 4, 0)
    features = network(walks)
    assert features.shape == (3, BINS, 256)
    assert BINS == 62
    assert torch.allclose(network(walks[1:2])[0], features[1], atol=1e-5)
