from pathlib import Path

import pytest
from datasets.make_photos import make_people

from ccreid.datasets.open_data import open_data_set, recognise
from ccreid.datasets.people import People
from ccreid.datasets.record import DataSetError, MissingFolderError


def test_a_folder_of_people_is_read_without_a_list(tmp_path: Path) -> None:
    data = open_data_set(make_people(tmp_path), parts="required")
    assert isinstance(data, People)
    assert {record.person for record in data.records()} == {"alice", "bob", "carla", "dinh"}
    assert all(record.parts is not None for record in data.records())
    assert {record.clothes for record in data.records()} == {"red coat", "suit"}
    assert [(setting.name, setting.view) for setting in data.settings] == [
        ("cross", "image"),
        ("same", "image"),
        ("standard", "image"),
    ]
    assert all(setting.has_match() for setting in data.settings)
    assert not data.skipped
    assert not data.verify()


def test_no_person_is_on_both_sides_and_the_same_are_each_time(tmp_path: Path) -> None:
    data, again = (People(make_people(tmp_path), "none", test_share=0.5) for _ in range(2))
    trained, tested = ({record.person for record in side} for side in (data.train, data.query))
    assert len(trained) == len(tested) == 2
    assert not trained & tested
    assert data.gallery == data.query == again.query


def test_without_outfits_clothes_are_not_looked_at(tmp_path: Path) -> None:
    data = People(make_people(tmp_path, outfits=False), "none")
    assert [setting.name for setting in data.settings] == ["standard"]
    assert all(record.clothes is None for record in data.records())


def test_what_is_not_read_is_listed(tmp_path: Path) -> None:
    root = make_people(tmp_path)
    (root / "readme.txt").write_text("notes")
    (root / "alice" / "notes.txt").write_text("notes")
    (root / "alice" / "suit" / "more").mkdir()
    (root / "bob" / ".hidden.jpg").touch()
    assert {(skipped.path.name, skipped.reason) for skipped in People(root, "none").skipped} == {
        ("readme.txt", "a file outside of a person's folder"),
        ("notes.txt", "no image by its ending"),
        ("more", "a folder inside of an outfit's"),
    }


def test_one_person_alone_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="photos of 1 people, expected folders of at least two"):
        People(make_people(tmp_path, ("alice",)), "none")


@pytest.mark.parametrize("name", ["train", "query", "Test", "rgb"])
def test_a_part_of_another_layout_is_no_folder_of_people(tmp_path: Path, name: str) -> None:
    make_people(tmp_path, ("alice", name))
    with pytest.raises(MissingFolderError, match="not laid out like"):
        recognise(tmp_path)
    assert open_data_set(tmp_path, "people").name == "people"


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_each_side_has_somebody(tmp_path: Path, share: float) -> None:
    data = People(make_people(tmp_path), "none", share)
    assert data.train
    assert data.query


def test_held_out_people_look_for_all_other_photos_as_there_are_no_cameras(tmp_path: Path) -> None:
    data = open_data_set(make_people(tmp_path / "outfits"))
    setting = data.held_out_setting(data.train)
    assert (setting.name, setting.view, setting.clothes) == ("cross", "image", "other")
    plain = open_data_set(make_people(tmp_path / "plain", outfits=False))
    assert plain.held_out_setting(plain.train).dropped == "no cameras are known: only the query's own image is dropped"
    with pytest.raises(DataSetError, match=r"held-out training image of .*plain has a match of another image: set"):
        plain.held_out_setting(plain.train[:1])
