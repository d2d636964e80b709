from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from closeness import assert_close
from datasets.make_photos import make_tracks
from datasets.make_prcc import make_prcc
from evaluation.head_colour import HeadColour
from models.ready_model import ready_model
from PIL import Image

from ccreid.augment import IMAGENET_MEAN, IMAGENET_STD
from ccreid.datasets.decoding import ImageError
from ccreid.datasets.images import read_image, read_pair
from ccreid.datasets.pack import Pack, write_pack
from ccreid.datasets.part_maps import PartMapError
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.table import Table
from ccreid.evaluation import Reranking
from ccreid.evaluation.evaluate import evaluate_model, features_of_sets, record_features, setting_features
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
    packed = write_pack(tmp_path / "a.pack", root, PRCC(root, "where_there").records(), 32, 16).path
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


def _grey(path: Path, level: int) -> None:
    Image.new("RGB", (16, 32), (level, level, level)).save(path)


class _Level(ReIDNetwork):
    """A feature on two axes: the image's mean grey level, 0 to 1, and 1."""

    def forward(self, images: torch.Tensor) -> ReIDOutput:
        std, mean = torch.tensor(IMAGENET_STD)[:, None, None], torch.tensor(IMAGENET_MEAN)[:, None, None]
        level = (images * std + mean).mean((1, 2, 3))
        feature = torch.stack([level, torch.ones_like(level)], dim=1)
        return ReIDOutput((feature,), (), feature)


def _tracks_of_levels(root: Path, tracks: dict[str, tuple[str, str, list[int]]]) -> Table:
    """Write a table of tracks: by the track's name the person, the split and the frames' grey levels."""
    rows = ["path,identity,track,split", "0.png,nobody,t,train"]
    _grey(root / "0.png", 0)
    for track, (person, split, levels) in tracks.items():
        for number, level in enumerate(levels):
            _grey(root / f"{track}{number}.png", level)
            rows.append(f"{track}{number}.png,{person},{track},{split}")
    (root / "images.csv").write_text("\n".join(rows))
    return Table(root, "none")


def test_a_track_is_found_by_the_mean_of_its_images_features_and_an_image_by_its_own(tmp_path: Path) -> None:
    tracks = {
        "a": ("Ann", "query", [0, 0, 255]),  # 85 in the mean
        "b": ("Ann", "gallery", [85]),
        "c": ("Bo", "gallery", [0, 255, 255, 255]),  # 191.25 in the mean
    }
    data = _tracks_of_levels(tmp_path, tracks)
    model = ready_model(_Level())
    ((query, gallery),) = setting_features(model, data.settings)
    # Grey level and 1, averaged before the length is made 1.
    for found, level in ((query.features[0], 1 / 3), (gallery.features[0], 1 / 3), (gallery.features[1], 3 / 4)):
        assert_close(found, torch.nn.functional.normalize(torch.tensor([level, 1.0]), dim=0), terms=32 * 16)
    assert query.paths == [str(tmp_path / "a1.png")]
    assert gallery.paths == [str(tmp_path / "b0.png"), str(tmp_path / "c2.png")]
    (row,) = evaluate_model(model, data)
    assert (row.unit, row.queries, row.R1, row.mAP) == ("tracks", 1, 1.0, 1.0)

    text = (tmp_path / "images.csv").read_text()
    (tmp_path / "images.csv").write_text(text.replace("track", "other"))
    (row,) = evaluate_model(model, Table(tmp_path, "none"))
    # Alone, each of Ann's frames is at an image of Bo's.
    assert (row.unit, row.queries, row.R1) == ("images", 3, 0.0)


def test_tracks_are_searched_in_every_setting_under_its_filters(tmp_path: Path) -> None:
    data = Table(make_tracks(tmp_path), "none")
    rows = evaluate_model(ready_model(HeadColour()), data, Reranking(k1=3, k2=2))
    assert [(row.setting, row.protocol) for row in rows] == [
        (setting, protocol)
        for protocol in ("all-gallery", "all-gallery-reranked")
        for setting in ("cross", "same", "standard")
    ]
    assert {(row.unit, row.queries, row.skipped, row.R1) for row in rows} == {("tracks", 8, 0, 1.0)}
    assert rows[0].dropped == "matches of the query's camera and matches in the query's outfit are dropped"
    (query, gallery), *_ = setting_features(ready_model(HeadColour()), data.settings)
    assert sorted(query.cameras) == ["north"] * 4 + ["south"] * 4
    assert query.clothes is not None
    assert len(gallery) == 8


def test_a_track_is_absent_where_nothing_is_found_in_any_frame_and_its_mean_is_of_the_others(tmp_path: Path) -> None:
    tracks = {
        "a": ("Ann", "query", [0, 120]),  # the first frame has no face
        "b": ("Ann", "gallery", [120, 120]),
        "c": ("Ann", "gallery", [0, 0]),
        "d": ("Bo", "query", [0]),
        "e": ("Bo", "gallery", [60]),
    }
    data = _tracks_of_levels(tmp_path, tracks)

    def face(image: np.ndarray) -> np.ndarray | None:
        level = float(image.mean())
        return np.resize([level, 60.0], 128) if level else None

    model = ready_model(Face(face))
    ((query, gallery),) = setting_features(model, data.settings)
    expected = torch.nn.functional.normalize(torch.tensor([120.0, 60.0]).repeat(64), dim=0)
    assert_close(query.features[0], expected, terms=128)
    assert query.present.tolist() == [True, False]
    assert gallery.present.tolist() == [True, False, True]
    (row,) = evaluate_model(model, data)
    assert (row.queries, row.absent_queries, row.absent_gallery, row.R1) == (2, 1, 1, 0.5)


def test_a_track_s_feature_does_not_depend_on_how_its_images_are_batched(tmp_path: Path) -> None:
    data = Table(make_tracks(tmp_path), "none")
    tracks = data.settings[0].items(data.query)
    model = ready_model(HeadColour())
    whole = model.embed_tracks(tracks)
    with mock.patch("ccreid.models.reid_model._BATCH", 2):
        assert_close(torch.from_numpy(model.embed_tracks(tracks)), torch.from_numpy(whole), terms=8 * 16)
    packed = write_pack(tmp_path / "a.pack", tmp_path, data.records(), 32, 16).path
    assert np.array_equal(model.embed_tracks(tracks, Pack(packed, tmp_path)), whole)
