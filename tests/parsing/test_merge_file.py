from pathlib import Path

import pytest

from ccreid.parsing.labels import ATR, AUTHORS_MERGE, LabelError, merge_table
from ccreid.parsing.merge_file import parts_table, read_merge
from ccreid.parsing.parser import Parser
from ccreid.parts import Part


def _file(folder: Path, text: str) -> Path:
    path = folder / "merge.yaml"
    path.write_text(text)
    return path


def test_named_labels_change_and_all_others_keep_their_part(tmp_path: Path) -> None:
    merge = read_merge(_file(tmp_path, "Bag: background\nupper_clothes: pants\n"), ATR)
    before, after = merge_table(ATR, AUTHORS_MERGE).tolist(), merge_table(ATR, merge).tolist()
    changed = {label: part for label, old, part in zip(ATR, before, after, strict=True) if old != part}
    assert changed == {"Bag": 0, "Upper-clothes": 3}


def test_a_label_that_the_authors_do_not_have_gets_its_part(tmp_path: Path) -> None:
    labels = ["Background", "Wings"]
    merge = read_merge(_file(tmp_path, "wings: Upper Clothes\n"), labels)
    assert merge_table(labels, merge).tolist() == [0, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wings: head\n", r"names the label 'wings'.*known are Background, Hat, .*Scarf"),
        ("bag: hand\n", r"gives 'bag' the part 'hand': known are background, head, upper-clothes, pants, arms, legs"),
        ("bag: 3\n", r"gives 'bag' the part 3"),
        ("bag: [\n", r"merge\.yaml is not a YAML file"),
        ("", r"holds no entries"),
        ("- bag\n", r"holds no entries"),
    ],
)
def test_a_wrong_file_is_one_clear_sentence(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LabelError, match=message) as raised:
        read_merge(_file(tmp_path, text), ATR)
    assert len(str(raised.value).splitlines()) == 1


def test_a_file_that_is_no_text_is_said_to_be_no_yaml(tmp_path: Path) -> None:
    (tmp_path / "merge.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LabelError, match="is not a YAML file"):
        read_merge(tmp_path / "merge.yaml", ATR)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no merge file .*nowhere\.yaml"):
        read_merge(tmp_path / "nowhere.yaml", ATR)


def test_a_parsers_own_merge_counts_until_another_is_given(tmp_path: Path) -> None:
    own = Parser("p", ("a", "hair"), lambda images: [], "00", {"a": Part.LEGS, "hair": Part.HEAD})
    assert parts_table(own, None).tolist() == [5, 1]
    assert parts_table(own, {"a": Part.ARMS, "hair": Part.HEAD}).tolist() == [4, 1]
    assert parts_table(own, _file(tmp_path, "a: pants\n")).tolist() == [3, 1]
    assert parts_table(Parser("p", ("hair",), lambda images: [], "00"), None).tolist() == [1]
