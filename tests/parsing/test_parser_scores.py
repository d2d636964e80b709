import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from datasets.make_prcc import make_prcc
from numpy.typing import NDArray
from parsing.label_maps.made_photos import make_photos

from ccreid.datasets.part_maps import PartMapError, read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.evaluation import provenance
from ccreid.parsing import parser_scores
from ccreid.parsing.label_maps.photos import LabelledPhotos
from ccreid.parsing.labels import SIX_PARTS
from ccreid.parsing.parser import Parser
from ccreid.parsing.parser_scores import scorable_images, score_on_photos, score_parser, write_parser_scores
from ccreid.parts import IGNORED


@pytest.fixture
def data(tmp_path: Path) -> PRCC:
    return PRCC(make_prcc(tmp_path / "data"))


def test_a_parsers_own_labels_are_merged_before_they_are_compared(data: PRCC) -> None:
    records = scorable_images(data)
    assert len(records) == len(data.gallery) + len(data.query_same) + len(data.query_cross)
    true = read_parts(records[0].parts or Path())
    # Two labels for each part of the true maps, which are alike throughout the made data set.
    labels = np.where(np.arange(true.size).reshape(true.shape) % 2, true, true + 4).astype(np.uint8)
    names = ("Background", "Hair", "Dress", "Pants", "Background", "Hat", "Coat", "Belt")
    parser = Parser("two", names, lambda images: [labels for _ in images], "ab12")
    scores = score_parser(parser, records)
    assert (scores.parser, scores.fingerprint, scores.images, scores.identities) == ("two", "ab12", 12, 2)
    assert scores.iou == {"background": 1, "head": 1, "upper_clothes": 1, "pants": 1}
    assert scores.mean_iou == 1


def test_a_parser_that_sees_nobody_scores_the_background_alone(data: PRCC) -> None:
    parser = Parser("blind", ("Background",), lambda images: [np.zeros(i.shape[:2], np.uint8) for i in images], "")
    scores = score_parser(parser, scorable_images(data))
    assert 0 < scores.iou.pop("background") < 1
    assert set(scores.iou.values()) == {0}


def test_no_more_than_two_batches_are_read_before_the_first_is_parsed(
    data: PRCC, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, parsed = scorable_images(data), 0
    read: list[Path] = []
    original = parser_scores.read_image
    monkeypatch.setattr(parser_scores, "_BATCH", 2)
    monkeypatch.setattr(parser_scores, "read_image", lambda path, *size: (read.append(path), original(path, *size))[1])

    def parse(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        nonlocal parsed
        parsed += len(images)
        assert len(read) <= parsed + 2
        return [np.zeros(image.shape[:2], np.uint8) for image in images]

    score_parser(Parser("blind", ("Background",), parse, ""), records)
    assert parsed == len(records) == 12


def test_a_file_of_scores_has_them_and_where_they_come_from(data: PRCC, tmp_path: Path) -> None:
    parser = Parser("blind", ("Background",), lambda images: [np.zeros(i.shape[:2], np.uint8) for i in images], "")
    scores, origin = score_parser(parser, scorable_images(data)), provenance(data.root, ["ccreid", "train", "parser"])
    write_parser_scores(tmp_path / "there" / "scores.json", {"rendered": scores}, origin)
    written = json.loads((tmp_path / "there" / "scores.json").read_text())
    assert written == {"format": "ccreid-parser-scores-2", "rendered": asdict(scores), "run": origin}


def test_held_out_photos_are_scored_in_their_own_size_and_what_does_not_count_is_left_out(tmp_path: Path) -> None:
    photos = LabelledPhotos(root := make_photos(tmp_path / "photos"), root / "merge.yaml", 0.34)
    true = {photos.read(pair)[0].tobytes(): photos.read(pair)[1] for pair in photos.held_out}

    def parse(images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        # The bag, which does not count, may be anything.
        return [np.where(parts := true[image.tobytes()], parts % IGNORED, 0).astype(np.uint8) for image in images]

    scores = score_on_photos(Parser("knowing", SIX_PARTS, parse, ""), photos)
    assert (scores.images, scores.mean_iou, scores.person) == (2, 1, 1)


def test_images_without_part_maps_cannot_be_scored(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path / "bare", parts=None), parts="none")
    with pytest.raises(PartMapError, match=r"no test image of .*bare has a part map"):
        scorable_images(data)
    parser = Parser("blind", ("Background",), lambda images: [np.zeros(i.shape[:2], np.uint8) for i in images], "")
    with pytest.raises(ValueError, match="has no part map to compare with"):
        score_parser(parser, data.gallery)
