from pathlib import Path

import pytest
from datasets.made_person import write_person
from datasets.make_market1501 import make_market1501
from datasets.make_photos import make_people, make_table, make_tracks

from ccreid.errors import BadValueError, CcreidError
from ccreid.retrieval.listing import as_items, list_images


def test_any_folder_gives_all_its_images_with_nothing_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.png", "deep/er/b.JPG"):
        write_person(tmp_path, name, 0, 0, parts=False)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "deep" / ".hidden.png").touch()
    records = list_images(tmp_path)
    assert [record.image for record in records] == [tmp_path / "a.png", tmp_path / "deep/er/b.JPG"]
    assert not any(record.person or record.camera or record.clothes for record in records)
    assert "1 .txt" in capsys.readouterr().err


def test_a_folder_of_people_gives_names_and_leaves_no_image_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_people(tmp_path, ("alice", "bob"))
    write_person(tmp_path, "stranger.png", 5, 0, parts=False)
    records = list_images(tmp_path)
    assert {(record.person, record.clothes) for record in records} >= {
        ("alice", "red coat"),
        ("bob", "suit"),
        ("", None),
    }
    assert len(records) == 9  # and no part map, though these are images too
    assert "where part maps lie" in capsys.readouterr().err


def test_a_data_set_and_a_table_give_what_they_know(tmp_path: Path) -> None:
    make_market1501(tmp_path / "market")
    market = list_images(tmp_path / "market")
    assert market
    assert all(record.camera for record in market)
    make_table(tmp_path / "listed")
    for place in ("listed", "listed/images.csv"):
        assert {record.person for record in list_images(tmp_path / place)} == {
            f"person {number}" for number in range(4)
        }


def test_tracks_are_items_where_all_images_say_theirs(tmp_path: Path) -> None:
    make_tracks(tmp_path / "walks")
    records = list_images(tmp_path / "walks")
    assert {len(item) for item in as_items(records, tracks=True)} == {3}
    assert {len(item) for item in as_items(records, tracks=False)} == {1}
    make_people(tmp_path / "photos")
    with pytest.raises(BadValueError, match="which track"):
        as_items(list_images(tmp_path / "photos"), tracks=True)


def test_what_is_no_folder_of_images_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    for name in ("text.txt", "empty", "absent"):
        with pytest.raises(CcreidError) as raised:
            list_images(tmp_path / name)
        assert name in str(raised.value)
        assert "\n" not in str(raised.value)
