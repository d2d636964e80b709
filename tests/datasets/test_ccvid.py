import shutil
from pathlib import Path

import pytest
from datasets.make_ccvid import make_ccvid
from evaluation.head_colour import HeadColour
from models.ready_model import ready_model

from ccreid.datasets.ccvid import CCVID
from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.record import DataSetError, MissingFolderError
from ccreid.datasets.table import Table
from ccreid.datasets.table_file import write_table
from ccreid.evaluation import evaluate_model


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_ccvid(tmp_path / "data", train_identities=3, test_identities=2)


def test_counts_come_from_disk(root: Path) -> None:
    data = CCVID(root)
    assert [len(side) for side in (data.train, data.query, data.gallery)] == [3 * 14, 2 * 2, 2 * 12]
    assert len({record.track for record in data.train}) == 3 * 5
    assert len(data.train_labels) == 3
    assert not data.skipped
    assert "28 images of   2 identities" not in data.summary()
    assert "24 images of   2 identities in 8 tracks, cameras 1, 13, 2, 3" in data.summary()


def test_lists_say_who_walks_where_in_what(root: Path) -> None:
    data = CCVID(root)
    record = next(one for one in data.train if one.image == root / "session3/002_01/00002.jpg")
    assert (record.identity, record.camera, record.clothes) == (2, "13", "u2_l2_s0_c0_a0")
    assert (record.frame, record.track) == (2, "session3/002_01")
    assert {one.camera for one in data.train if "session2" in str(one.image)} == {"1"}


def test_frames_of_a_track_are_in_their_order(root: Path) -> None:
    for record in CCVID(root).train[:1]:
        shutil.copy(record.image, record.image.with_name("10.jpg"))
        shutil.copy(record.image, record.image.with_name("9.jpg"))
    names = [one.image.name for one in CCVID(root, "none").train if one.track == "session1/001_01"]
    assert names == ["00001.jpg", "00002.jpg", "9.jpg", "10.jpg"]


def test_the_settings_are_of_tracks_and_share_them(root: Path) -> None:
    settings = CCVID(root).settings
    assert [(one.name, one.clothes, one.unit) for one in settings] == [
        ("cross", "other", "tracks"),
        ("same", "same", "tracks"),
        ("standard", "any", "tracks"),
    ]
    for setting in settings:
        assert len(setting.items(setting.query)) == 2
        assert len(setting.items(setting.gallery)) == 2 * 4
        assert (setting.view, setting.single_shot) == ("camera", False)


def test_rows_count_tracks(root: Path) -> None:
    rows = evaluate_model(ready_model(HeadColour()), CCVID(root))
    assert [(row.setting, row.unit, row.queries, row.R1) for row in rows] == [
        ("cross", "tracks", 2, 1.0),
        ("same", "tracks", 2, 1.0),
        ("standard", "tracks", 2, 1.0),
    ]


def test_a_table_of_it_gives_the_same_rows(root: Path, tmp_path: Path) -> None:
    data, model = CCVID(root), ready_model(HeadColour())
    write_table(tmp_path / "table.csv", data)
    table = Table(tmp_path / "table.csv")
    assert {one.track for one in table.train} == {one.track for one in data.train}
    assert [(row.setting, row.unit, row.queries, row.mAP, row.dropped) for row in evaluate_model(model, table)] == [
        (row.setting, row.unit, row.queries, row.mAP, row.dropped) for row in evaluate_model(model, data)
    ]


def test_listed_tracks_without_images_are_listed_at_once(root: Path) -> None:
    shutil.rmtree(root / "session1/001_01")
    shutil.rmtree(root / "session1/004_01")
    for frame in (root / "session2/005_01").iterdir():
        frame.unlink()
    (root / "gallery.txt").write_text((root / "gallery.txt").read_text() + "session1/005_02 005 u0\n\nsession1 5\n")
    with pytest.raises(DataSetError) as raised:
        CCVID(root, "none")
    for fault in (
        f"there are no images such as {root}/session1/001_01/00001.jpg, whose track is listed",
        f"{root}/session1/004_01/00001.jpg",
        f"{root}/session2/005_01/00001.jpg",
        "session1/005_02 is listed 2 times",
        f"line 11 of {root}/gallery.txt is 'session1 5', expected such as session1/001_01 001 u0_l0_s0_c0_a0",
    ):
        assert fault in str(raised.value)


def test_of_very_many_missing_tracks_the_first_are_named(root: Path) -> None:
    for folder in (root / "session1").iterdir():
        shutil.rmtree(folder)
    (root / "session1" / "left").mkdir()
    with pytest.raises(DataSetError, match=r"cannot be used: there are no images .*; and 5 more$") as raised:
        CCVID(root, "none")
    assert str(raised.value).count("whose track is listed") == 10


@pytest.mark.parametrize("name", ["train", "query", "gallery"])
def test_a_missing_or_empty_list_is_named(root: Path, name: str) -> None:
    (root / f"{name}.txt").write_text("\n")
    with pytest.raises(
        DataSetError, match=rf"{root}/{name}\.txt names no tracks: expected lines such as session1/001_01"
    ):
        open_data_set(root)
    (root / f"{name}.txt").unlink()
    with pytest.raises(MissingFolderError, match=rf"like CCVID, there is no list {root}/{name}\.txt: give the folder"):
        CCVID(root)


def test_a_session_s_folder_is_no_folder_of_people(root: Path) -> None:
    for folder in ("session1", "session1/001_01"):
        with pytest.raises(MissingFolderError):
            open_data_set(root / folder)
    (root / "train.txt").unlink()
    with pytest.raises(MissingFolderError, match="is not laid out like PRCC or any other data set"):
        open_data_set(root)
