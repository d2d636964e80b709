from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from datasets.make_prcc import make_prcc
from torch import nn

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.images import read_image
from ccreid.datasets.prcc import PRCC
from ccreid.evaluation.test_set import evaluate_model, features_of_sets, record_features
from ccreid.models import ReIDOutput
from ccreid.models.folding import for_inference


class _HeadColour(nn.Module):
    """Knows people by the colour of the top quarter of the image, which the made people keep across clothes."""

    def forward(self, images: torch.Tensor) -> ReIDOutput:
        feature = images[:, :, : images.shape[2] // 4].mean((2, 3))
        return ReIDOutput((feature,), (), feature)


def test_features_stand_in_the_order_of_the_records(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path, test_identities=40, images=2)).gallery
    features = record_features(_HeadColour(), records, 32, 16)
    assert len(records) > 64  # more than one batch
    assert features.identities.tolist() == [record.identity for record in records]
    assert features.paths == [str(record.image) for record in records]
    for index in (0, 70):
        pixels = read_image(records[index].image, 32, 16)[None]
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        expected = 2 * (pixels[0, :, :8].float().mean((1, 2)) / 255 - mean) / std
        expected = expected / expected.norm()
        assert np.allclose(features.features[index], expected.numpy(), atol=1e-5)


def test_several_sets_are_one_pass_and_come_apart_as_they_were(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path, test_identities=3, images=2))
    sets = data.query_same, data.gallery
    with mock.patch("ccreid.evaluation.extraction.for_inference", side_effect=for_inference) as folding:
        found = features_of_sets(_HeadColour(), sets, 32, 16)
    assert folding.call_count == 1
    for features, records in zip(found, sets, strict=True):
        alone = record_features(_HeadColour(), records, 32, 16)
        assert np.allclose(features.features, alone.features, atol=1e-6)
        assert features.cameras.tolist() == [record.camera for record in records]
        assert features.paths == alone.paths


def test_a_model_that_reads_the_head_finds_people_in_other_clothes(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path, test_identities=5, images=2))
    rows = evaluate_model(_HeadColour(), data, 32, 16, recipe="head", seed=4)
    assert [(row.setting, row.protocol) for row in rows] == [
        ("cross", "all-gallery"),
        ("cross", "single-shot"),
        ("same", "all-gallery"),
        ("same", "single-shot"),
    ]
    assert all(row.R1 == 1.0 and row.recipe == "head" and row.seed == 4 and row.queries == 10 for row in rows)


def test_a_broken_test_image_is_named(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path))
    data.query_cross[1].image.write_bytes(b"broken")
    with pytest.raises(ImageError, match=data.query_cross[1].image.name):
        evaluate_model(_HeadColour(), data, 32, 16, recipe="head", seed=0)
