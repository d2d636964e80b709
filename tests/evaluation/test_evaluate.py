from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from closeness import assert_close
from datasets.make_prcc import make_prcc
from evaluation.head_colour import HeadColour
from models.ready_model import ready_model
from PIL import Image

from ccreid.augment import IMAGENET_MEAN, IMAGENET_STD
from ccreid.datasets.decoding import ImageError
from ccreid.datasets.images import read_image, read_pair
from ccreid.datasets.pack import Pack, packed_records, write_pack
from ccreid.datasets.part_maps import PartMapError
from ccreid.datasets.prcc import PRCC
from ccreid.evaluation.evaluate import evaluate_model, features_of_sets, record_features
from ccreid.folding import for_inference
from ccreid.models import Face
from ccreid.models.network import ReIDNetwork, ReIDOutput


@pytest.mark.slow
def test_features_stand_in_the_order_of_the_records(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path, test_identities=40, images=2)).gallery
    features = record_features(ready_model(HeadColour()), records)
    assert len(records) > 64  # more than one batch
    assert features.identities.tolist() == [record.identity for record in records]
    assert features.paths == [str(record.image) for record in records]
    for index in (0, 70):
        pixels = read_image(records[index].image, 32, 16)[None]
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        expected = 2 * (pixels[0, :, :8].float().mean((1, 2)) / 255 - mean) / std
        expected = expected / expected.norm()
        assert_close(features.features[index], expected, terms=8 * 16)


def test_several_sets_are_one_pass_and_come_apart_as_they_were(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path, test_identities=3, images=2))
    sets = data.query_same, data.gallery
    with mock.patch("ccreid.models.extraction.for_inference", side_effect=for_inference) as folding:
        found = features_of_sets(ready_model(HeadColour()), sets)
    assert folding.call_count == 1
    for features, records in zip(found, sets, strict=True):
        alone = record_features(ready_model(HeadColour()), records)
        assert_close(features.features, alone.features, terms=8 * 16)
        assert features.cameras.tolist() == [record.camera for record in records]
        assert features.paths == alone.paths


def test_a_model_that_reads_the_head_finds_people_in_other_clothes(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path, test_identities=5, images=2))
    rows = evaluate_model(ready_model(HeadColour(), 32, 16, "head", 4), data)
    assert [(row.setting, row.protocol) for row in rows] == [
        ("cross", "all-gallery"),
        ("cross", "single-shot"),
        ("same", "all-gallery"),
        ("same", "single-shot"),
    ]
    assert all(row.R1 == 1.0 and row.recipe == "head" and row.seed == 4 and row.queries == 10 for row in rows)


def test_a_face_is_looked_for_in_the_image_as_it_is_and_one_that_is_not_found_is_a_counted_miss(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path / "data", test_identities=4, images=2), parts="none")
    for record in (data.query_cross[0], data.gallery[2], data.gallery[3]):  # identity 1's query, identity 2's gallery
        with Image.open(record.image) as image:
            image.resize((20, 30)).save(record.image)
    sizes = set()

    def colour_above(image: np.ndarray) -> np.ndarray | None:
        """Stand in for a face detector that fails on images by their size."""
        sizes.add(image.shape)
        return None if image.shape[0] == 30 else np.resize(image[0].mean(0), 128).astype(np.float64)

    rows = evaluate_model(ready_model(Face(colour_above), 64, 32, "face", 0), data)
    assert sizes == {(32, 16, 3), (30, 20, 3)}
    cross, _, same, _ = rows
    assert (cross.queries, cross.skipped, cross.absent_queries, cross.absent_gallery) == (8, 0, 1, 2)
    assert (same.queries, same.skipped, same.absent_queries, same.absent_gallery) == (8, 0, 0, 2)
    # Of eight queries, identity 2's two find nothing, and across clothes one of identity 1's does not either.
    assert (cross.R1, same.R1) == (5 / 8, 6 / 8)
    assert cross.mAP == cross.R10 == 5 / 8


def test_a_broken_test_image_is_named(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path))
    data.query_cross[1].image.write_bytes(b"broken")
    with pytest.raises(ImageError, match=data.query_cross[1].image.name):
        evaluate_model(ready_model(HeadColour(), 32, 16, "head", 0), data)


class _PantsColour(ReIDNetwork):
    """Knows people by the mean colour of what the part map calls pants."""

    reads_parts = "always"

    def forward(self, images: torch.Tensor, parts: torch.Tensor) -> ReIDOutput:
        feature = (images * (parts == 3)[:, None]).sum((2, 3))
        return ReIDOutput((feature,), (), feature)


def test_a_model_that_reads_part_maps_gets_those_of_the_images(tmp_path: Path) -> None:
    root = make_prcc(tmp_path / "data", test_identities=3, images=2)
    records = PRCC(root).query_same
    features = record_features(ready_model(_PantsColour()), records)
    pairs = [read_pair(record, 32, 16) for record in records]
    mean, std = (torch.tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    for (image, parts), feature in zip(pairs, features.features, strict=True):
        expected = ((image / 255 - mean) / std * (parts == 3)).sum((1, 2))
        assert_close(feature, expected / expected.norm(), terms=32 * 16)
    packed = write_pack(tmp_path / "a.pack", root, packed_records(root), 32, 16).path
    from_pack = record_features(ready_model(_PantsColour()), records, Pack(packed, root))
    assert np.array_equal(from_pack.features, features.features)


def test_a_test_image_without_the_part_map_that_the_model_reads_is_named(tmp_path: Path) -> None:
    root = make_prcc(tmp_path)
    missing = PRCC(root).gallery[1]
    assert missing.parts is not None
    missing.parts.unlink()
    with pytest.raises(PartMapError, match=rf"{missing.image.name} has no part map, as 1 of 12.*ccreid parse"):
        evaluate_model(ready_model(_PantsColour(), 32, 16, "pants", 0), PRCC(root))
    assert evaluate_model(ready_model(HeadColour(), 32, 16, "head", 0), PRCC(root))
