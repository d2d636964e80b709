from pathlib import Path

import numpy as np
import pytest
from parsing.label_maps.made_photos import LABELS, MERGE, make_label_map

from ccreid.errors import MissingFileError
from ccreid.parsing.label_maps.label_merge import read_label_merge
from ccreid.parsing.labels import LabelError
from ccreid.parts import IGNORED, Part


def _merge(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "merge.yaml"
    path.write_text(text)
    return path


def test_labels_become_parts_skin_is_divided_and_what_is_ignored_does_not_count(tmp_path: Path) -> None:
    parts = read_label_merge(_merge(tmp_path, MERGE), LABELS).parts(make_label_map())
    column = parts[:, 20]
    assert [int(column[row]) for row in (0, 5, 10, 20, 50, 70, 74)] == [0, 1, 1, 2, 3, 5, 5]
    assert parts[42, 11] == Part.ARMS
    assert parts[46, 10] == IGNORED
    assert set(np.unique(parts)) == {*Part, IGNORED}


def test_what_the_file_does_not_name_has_the_authors_part(tmp_path: Path) -> None:
    merge = read_label_merge(_merge(tmp_path, "skin: skin"), ["Background", "Hair", "skin"])
    assert merge.parts(np.array([[0, 1]], np.uint8)).tolist() == [[Part.BACKGROUND, Part.HEAD]]
    assert merge.parts(np.array([[9]], np.uint8)).tolist() == [[IGNORED]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MERGE + "shoe: legs", "names the label 'shoe', which is none of the photos'"),
        (MERGE.replace("pants", "trousers"), "makes 'jeans' 'trousers': known are background, head"),
        (MERGE.replace("bag: ignored\n", "").replace("jeans: pants\n", ""), "does not say what 'jeans' becomes"),
        ("- a", "holds no entries"),
        ("a: [", "is not a YAML file"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        read_label_merge(_merge(tmp_path, text), LABELS)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no merge file .*nowhere\.yaml"):
        read_label_merge(tmp_path / "nowhere.yaml", LABELS)
