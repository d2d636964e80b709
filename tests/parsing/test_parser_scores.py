from pathlib import Path

import numpy as np
import pytest
from datasets.make_prcc import make_prcc

from ccreid.datasets.part_maps import read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.evaluation import provenance
from ccreid.parsing.parser import Parser
from ccreid.parsing.parser_scores import (
    ParserScoresError,
    read_parser_scores,
    scorable_images,
    score_parser,
    write_parser_scores,
)


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


def test_scores_are_read_as_they_were_written(data: PRCC, tmp_path: Path) -> None:
    parser = Parser("blind", ("Background",), lambda images: [np.zeros(i.shape[:2], np.uint8) for i in images], "")
    scores, origin = score_parser(parser, scorable_images(data)), provenance(data.root, ["ccreid", "train", "parser"])
    write_parser_scores(tmp_path / "there" / "scores.json", scores, origin)
    assert read_parser_scores(tmp_path / "there" / "scores.json") == (scores, origin)


def test_images_without_part_maps_cannot_be_scored(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path / "bare", parts=None), parts="none")
    with pytest.raises(ParserScoresError, match=r"no test image of .*bare has a part map"):
        scorable_images(data)
    parser = Parser("blind", ("Background",), lambda images: [np.zeros(i.shape[:2], np.uint8) for i in images], "")
    with pytest.raises(ValueError, match="has no part map to compare with"):
        score_parser(parser, data.gallery)


@pytest.mark.parametrize("content", ["{}", "[]", "nothing", '{"format": "ccreid-results-1", "rows": []}'])
def test_another_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(ParserScoresError, match=r"a\.json holds no scores of a parser"):
        read_parser_scores(tmp_path / "a.json")
    with pytest.raises(FileNotFoundError, match=r"b\.json does not exist"):
        read_parser_scores(tmp_path / "b.json")
