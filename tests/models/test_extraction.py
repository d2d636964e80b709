from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ccreid.augment import IMAGENET_MEAN, IMAGENET_STD, BatchError
from ccreid.evaluation import extract_features


class Output(NamedTuple):
    feature: Tensor | None


class ColumnMeans(nn.Module):
    """Its feature is the mean of each image column in each channel; it has one only in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.5)
        self.shapes: list[torch.Size] = []

    def forward(self, images: Tensor) -> Output:
        self.shapes.append(images.shape)
        return Output(None if self.training else self.dropout(images.mean(2).flatten(1)))


IMAGES = torch.randint(0, 256, (5, 3, 4, 2), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_features_of_both_views_are_summed_and_have_length_1() -> None:
    batches = [(IMAGES[:3], torch.tensor([4, 4, 7]), ["A", "A", "B"]), (IMAGES[3:], torch.tensor([7, 9]), ["C", "C"])]
    extracted = extract_features(ColumnMeans(), batches)
    mean, std = (np.array(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    for image, feature in zip(IMAGES.numpy(), extracted.features, strict=True):
        columns = ((image / 255 - mean) / std).mean(1)
        both = (columns + columns[:, ::-1]).ravel()
        assert feature == pytest.approx(both / np.linalg.norm(both), abs=1e-5)
    assert extracted.features.dtype == np.float32
    assert extracted.identities.tolist() == [4, 4, 7, 7, 9]
    assert extracted.cameras.tolist() == ["A", "A", "B", "C", "C"]


def test_a_mirrored_image_has_the_same_feature() -> None:
    labels = torch.zeros(5, dtype=torch.int64)
    one, other = (extract_features(ColumnMeans(), [(x, labels, labels)]) for x in (IMAGES, IMAGES.flip(3)))
    assert one.features == pytest.approx(other.features, abs=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_s_mode_comes_back(training: bool) -> None:
    model = ColumnMeans().train(training)
    extract_features(model, [(IMAGES, [0] * 5, [0] * 5)])
    assert model.training is training
    with pytest.raises(BatchError):
        extract_features(model, [(IMAGES[:, :1], [0] * 5, [0] * 5)])
    assert model.training is training


def test_an_empty_list_of_images_is_refused() -> None:
    with pytest.raises(ValueError, match="no images"):
        extract_features(ColumnMeans(), [])


class HeadColumns(nn.Module):
    """Its feature is the sum of each column's pixels that the part map calls head."""

    reads_parts = "always"

    def forward(self, images: Tensor, parts: Tensor) -> Output:
        return Output((images * (parts == 1)[:, None]).sum(2).flatten(1))


def test_part_maps_are_mirrored_with_their_images() -> None:
    labels = [0] * 5
    parts = torch.randint(0, 2, (5, 4, 2), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    extracted = extract_features(HeadColumns(), [(IMAGES, labels, labels, parts)])
    mean, std = (np.array(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    for image, part_map, feature in zip(IMAGES.numpy(), parts.numpy(), extracted.features, strict=True):
        columns = ((image / 255 - mean) / std * (part_map == 1)).sum(1)
        both = (columns + columns[:, ::-1]).ravel()
        assert feature == pytest.approx(both / np.linalg.norm(both), abs=1e-5)


def test_part_maps_do_not_reach_a_model_that_reads_none() -> None:
    labels = [0] * 5
    one = extract_features(ColumnMeans(), [(IMAGES, labels, labels, torch.zeros(5, 4, 2, dtype=torch.uint8))])
    assert np.array_equal(one.features, extract_features(ColumnMeans(), [(IMAGES, labels, labels)]).features)


def test_an_image_in_which_the_model_finds_nothing_is_not_present() -> None:
    parts = torch.ones(5, 4, 2, dtype=torch.uint8)
    parts[2] = 0
    extracted = extract_features(HeadColumns(), [(IMAGES, [0] * 5, [0] * 5, parts)])
    assert extracted.present.tolist() == [True, True, False, True, True]
    assert extracted.take(np.array([2, 0])).present.tolist() == [False, True]


def test_a_model_that_reads_part_maps_is_not_run_without_them() -> None:
    with pytest.raises(ValueError, match="HeadColumns reads part maps"):
        extract_features(HeadColumns(), [(IMAGES, [0] * 5, [0] * 5)])
