import json
from pathlib import Path

import pytest
from evaluation.head_colour import HeadColour
from evaluation.made_people import made_people
from models.ready_model import ready_model
from retrieval.colour_model import colour_model

from ccreid.app.threshold_files import Thresholds, read_thresholds, thresholds_tree
from ccreid.errors import BadValueError, MissingFileError
from ccreid.evaluation.calibrate import calibrate
from ccreid.retrieval.feature_mark import fingerprint

MODEL = ready_model(HeadColour().eval(), name="heads")


def _written(path: Path) -> Thresholds:
    measured = calibrate([made_people()], ["made"])
    thresholds = Thresholds("heads", fingerprint(MODEL), True, measured.calibration)
    path.write_text(json.dumps(thresholds_tree(thresholds, measured)))
    return thresholds


def test_what_is_read_is_what_was_measured(tmp_path: Path) -> None:
    thresholds = _written(tmp_path / "thresholds.json")
    assert read_thresholds(tmp_path / "thresholds.json", MODEL) == thresholds


@pytest.mark.answers("bad data", "a file that is given as thresholds and holds none")
@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", "\udcff", "[" * 100_000, '{"model": "heads"}', '{"calibration": {"thresholds": 3}}'],
)
def test_a_file_without_thresholds_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "thresholds.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadValueError, match=r"thresholds\.json holds no thresholds: give the thresholds\.json that"):
        read_thresholds(path, MODEL)


@pytest.mark.answers("bad data", "a file that is given as thresholds and holds none")
def test_thresholds_that_lack_something_or_are_no_numbers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.json"
    _written(path)
    whole = json.loads(path.read_text())
    broken = [{name: value for name, value in whole.items() if name != left} for left in ("fingerprint", "calibration")]
    broken += [whole | {"calibration": whole["calibration"] | {"thresholds": [{}]}}]
    words = json.loads(path.read_text())
    words["calibration"]["thresholds"][0]["similarity"]["value"] = "much"
    for tree in (*broken, words):
        path.write_text(json.dumps(tree))
        with pytest.raises(BadValueError, match="holds no thresholds"):
            read_thresholds(path, MODEL)


def test_thresholds_of_another_model_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    _written(tmp_path / "thresholds.json")
    with pytest.raises(BadValueError, match="has thresholds of the model heads, and this is colours0"):
        read_thresholds(tmp_path / "thresholds.json", colour_model())
    with pytest.raises(MissingFileError, match="there is no file"):
        read_thresholds(tmp_path / "none.json", MODEL)
