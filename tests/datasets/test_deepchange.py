from pathlib import Path

import pytest
from datasets.make_deepchange import make_deepchange

from ccreid.datasets.deepchange import DeepChange
from ccreid.datasets.record import DataSetError, MissingFolderError


def test_counts_come_from_disk(tmp_path: Path) -> None:
    data = DeepChange(make_deepchange(tmp_path, train_identities=3, test_identities=2))
    assert (len(data.train), len(data.query), len(data.gallery)) == (3 * 9, 2, 2 * 8)
    assert not data.skipped


def test_names_and_lists_say_who_where_and_on_which_tracklet(tmp_path: Path) -> None:
    data = DeepChange(make_deepchange(tmp_path))
    record = next(one for one in data.train if one.image.name == "p0002_c02_20201101_154757_000001_bbox.jpg")
    assert (record.identity, record.camera, record.clothes, record.frame, record.sequence) == (2, "02", None, 1, "6")


def test_a_match_may_come_from_the_querys_camera_but_not_from_its_tracklet(tmp_path: Path) -> None:
    (setting,) = DeepChange(make_deepchange(tmp_path)).settings
    query = setting.query[0]
    matches = [one for one in setting.gallery if one.identity == query.identity]
    kept = [one for one in matches if setting.view_of(one) != setting.view_of(query)]
    assert len(matches) == 8
    assert len(kept) == 6
    assert {one.camera for one in kept} == {query.camera, "02"}


def test_what_lists_and_folders_disagree_on_is_left_out_and_listed(tmp_path: Path) -> None:
    root = make_deepchange(tmp_path)
    names = (root / "train-set-bbox.txt").read_text().splitlines()
    (root / "train-set-bbox.txt").write_text(
        "\n".join([*names[1:], "p0009_c01_20200101_000000_000000_bbox.jpg,99", ""])
    )
    data = DeepChange(root)
    assert len(data.train) == 4 * 9 - 1
    assert [(one.path.name, one.reason) for one in data.skipped] == [
        ("p0009_c01_20200101_000000_000000_bbox.jpg", "listed, but not there"),
        (names[0].split(",")[0], "an image that no list names"),
    ]


def test_a_missing_or_broken_list_is_named(tmp_path: Path) -> None:
    root = make_deepchange(tmp_path)
    path = root / "test-set-query-bbox.txt"
    listed = path.read_text()
    path.write_text(listed + "p0005_c13.jpg\n")
    with pytest.raises(DataSetError, match=rf"line 3 of {path} is 'p0005_c13\.jpg', expected <file name>,<tracklet>"):
        DeepChange(root)
    path.write_text("another.jpg,1\n")
    with pytest.raises(DataSetError, match=rf"{path} names none of the images"):
        DeepChange(root)
    path.unlink()
    with pytest.raises(MissingFolderError, match=rf"not laid out like DeepChange, there is no list {path}"):
        DeepChange(root)
