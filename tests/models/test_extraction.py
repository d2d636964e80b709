from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import torch
from closeness import assert_close
from torch import Tensor, nn

from ccreid.augment import IMAGENET_MEAN, IMAGENET_STD, BatchError
from ccreid.models.extraction import FeatureExtractor
from ccreid.models.network import ReIDNetwork, ReIDOutput


class ColumnMeans(ReIDNetwork):
    """Its feature is the mean of each image column in each channel; dropout spoils it in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.5)

    def forward(self, images: Tensor) -> ReIDOutput:
        return ReIDOutput((), (), self.dropout(images.mean(2).flatten(1)))


class HeadColumns(ReIDNetwork):
    """Its feature is the sum of each column's pixels that the part map calls head."""

    reads_parts = "always"

    def forward(self, images: Tensor, parts: Tensor) -> ReIDOutput:
        return ReIDOutput((), (), (images * (parts == 1)[:, None]).sum(2).flatten(1))


IMAGES = torch.randint(0, 256, (5, 3, 4, 2), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def _features(network: ReIDNetwork, *batches: Sequence[Tensor]) -> npt.NDArray[np.float32]:
    return torch.cat(list(FeatureExtractor(network, torch.device("cpu")).features(batches))).numpy()


def test_features_of_both_views_are_summed_and_have_length_1() -> None:
    extracted = _features(ColumnMeans(), [IMAGES[:3]], [IMAGES[3:]])
    mean, std = (np.array(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    for image, feature in zip(IMAGES.numpy(), extracted, strict=True):
        columns = ((image / 255 - mean) / std).mean(1)
        both = (columns + columns[:, ::-1]).ravel()
        assert_close(feature, both / np.linalg.norm(both), terms=columns.size * len(image[0]))
    assert extracted.dtype == np.float32


def test_a_mirrored_image_has_the_same_feature() -> None:
    mirrored = _features(ColumnMeans(), [IMAGES.flip(3)])
    assert_close(_features(ColumnMeans(), [IMAGES]), mirrored, terms=IMAGES[0].numel())


@pytest.mark.parametrize("training", [True, False])
def test_the_network_s_mode_stays(training: bool) -> None:
    network = ColumnMeans().train(training)
    _features(network, [IMAGES])
    assert network.training is training
    with pytest.raises(BatchError):
        _features(network, [IMAGES[:, :1]])
    assert network.training is training


def test_part_maps_are_mirrored_with_their_images() -> None:
    parts = torch.randint(0, 2, (5, 4, 2), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    extracted = _features(HeadColumns(), [IMAGES, parts])
    mean, std = (np.array(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    for image, part_map, feature in zip(IMAGES.numpy(), parts.numpy(), extracted, strict=True):
        columns = ((image / 255 - mean) / std * (part_map == 1)).sum(1)
        both = (columns + columns[:, ::-1]).ravel()
        assert_close(feature, both / np.linalg.norm(both), terms=columns.size * len(image[0]))


def test_an_image_in_which_the_network_finds_nothing_has_a_feature_of_zeros() -> None:
    parts = torch.ones(5, 4, 2, dtype=torch.uint8)
    parts[2] = 0
    assert _features(HeadColumns(), [IMAGES, parts]).any(axis=1).tolist() == [True, True, False, True, True]
