import resource
from pathlib import Path

import pytest
from datasets.make_ltcc import make_ltcc
from datasets.make_photos import make_people, make_table, make_tracks
from datasets.make_prcc import make_prcc

from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.table import Table
from ccreid.datasets.table_file import read_table, write_table


def _known(data: PeopleDataSet) -> dict[str, list[tuple[object, ...]]]:
    sides = {"train": data.train, "query": data.query, "gallery": data.gallery}
    return {
        side: sorted((str(one.image), one.who, one.camera, str(one.clothes), str(one.parts)) for one in records)
        for side, records in sides.items()
    }


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_data_set_comes_back_from_its_table(tmp_path: Path, ending: str) -> None:
    if ending == ".parquet":
        pytest.importorskip("pyarrow", reason="pyarrow comes with the extra parquet")
    data = open_data_set(make_ltcc(tmp_path / "data"), parts="where_there")
    assert write_table(tmp_path / f"table{ending}", data) == len(data.records())
    table = Table(tmp_path / f"table{ending}")
    assert _known(table) == _known(data)
    assert [(one.name, one.view, one.clothes) for one in table.settings] == [
        (one.name, one.view, one.clothes) for one in data.settings
    ]


def test_images_that_are_query_and_gallery_are_test_images(tmp_path: Path) -> None:
    data = open_data_set(make_people(tmp_path / "photos"))
    write_table(tmp_path / "photos" / "images.csv", data)
    rows = list(read_table(tmp_path / "photos" / "images.csv"))
    assert {row["split"] for row in rows} == {"train", "test"}
    assert rows[0].keys() == {"path", "identity", "clothes", "split"}
    assert not any(Path(row["path"]).is_absolute() for row in rows)
    assert _known(Table(tmp_path / "photos" / "images.csv", "none")) == _known(data)


def test_both_of_prcc_s_query_sets_are_in_its_table(tmp_path: Path) -> None:
    data = open_data_set(make_prcc(tmp_path / "data"))
    write_table(tmp_path / "table.csv", data)
    assert len(Table(tmp_path / "table.csv", "none").query) == sum(len(one.query) for one in data.settings)


def test_names_with_commas_and_quotes_come_back(tmp_path: Path) -> None:
    root = make_people(tmp_path, ('Ann "A", senior', "Bo; the 2nd", "Çelik", "d"))
    data = open_data_set(root)
    write_table(tmp_path / "images.csv", data)
    table = Table(tmp_path, "none")
    assert {record.person for record in table.records()} == {record.person for record in data.records()}


def test_tracks_come_back(tmp_path: Path) -> None:
    root = make_tracks(tmp_path)
    write_table(root / "again.csv", Table(root, "none"))
    again = Table(root / "again.csv", "none")
    assert {setting.unit for setting in again.settings} == {"tracks"}
    assert [(one.image, one.track) for one in again.query] == [
        (one.image, one.track) for one in Table(root, "none").query
    ]


def test_a_table_of_a_table_is_the_same(tmp_path: Path) -> None:
    root = make_table(tmp_path)
    before = (root / "images.csv").read_text()
    write_table(root / "again.csv", Table(root))
    assert sorted((root / "again.csv").read_text().splitlines()) == sorted(before.splitlines())


@pytest.mark.slow
@pytest.mark.answers("bad data", "a table of a million rows")
def test_a_million_rows_are_read_one_by_one(tmp_path: Path) -> None:
    with (tmp_path / "images.csv").open("w") as file:
        file.write("path,identity,camera\n")
        file.writelines(f"photos/{number}.jpg,person {number // 20},{number % 3}\n" for number in range(10**6))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count, last = 0, {}
    for row in read_table(tmp_path / "images.csv"):
        count, last = count + 1, row
    assert (count, last) == (10**6, {"path": "photos/999999.jpg", "identity": "person 49999", "camera": "0"})
    # The text and a copy of it, in kilobytes; a million rows of dictionaries would be half a gigabyte.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000
