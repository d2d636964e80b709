from pathlib import Path

import pytest
from datasets.make_photos import make_people, make_table, make_tracks

from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.people import People
from ccreid.datasets.record import DataSetError, MissingFolderError
from ccreid.datasets.table import Table
from ccreid.errors import MissingExtraError


@pytest.mark.parametrize("named", [True, False])
def test_a_table_says_who_is_where(tmp_path: Path, named: bool) -> None:
    root = make_table(tmp_path)
    data = open_data_set(root / "images.csv" if named else root, parts="required")
    assert isinstance(data, Table)
    assert {record.person for record in data.train} == {"person 1", "person 3"}
    assert {record.camera for record in data.query} == {"north"}
    assert {record.camera for record in data.gallery} == {"south"}
    assert [(one.name, one.view) for one in data.settings] == [
        ("cross", "camera"),
        ("same", "camera"),
        ("standard", "camera"),
    ]
    assert all(record.parts is not None for record in data.records())
    assert not data.verify()


def test_settings_follow_from_what_is_known(tmp_path: Path) -> None:
    data = Table(make_table(tmp_path, "path,identity"), "none", test_share=0.5)
    assert [(setting.name, setting.view) for setting in data.settings] == [("standard", "image")]
    assert {record.person for record in data.train}.isdisjoint(record.person for record in data.query)
    assert data.query == data.gallery
    clothes = Table(make_table(tmp_path, "path,identity,clothes"), "none")
    assert [(setting.name, setting.view) for setting in clothes.settings] == [
        ("cross", "image"),
        ("same", "image"),
        ("standard", "image"),
    ]


@pytest.mark.parametrize(
    ("clothes", "names"),
    [
        (["red", "red", "blue", "blue"], ["cross", "same", "standard"]),
        (["red", "blue", "grey", "green"], ["cross", "standard"]),
        (["red", "red", "red", "red"], ["same", "standard"]),
        (["red", "red", "red", ""], ["standard"]),
    ],
)
def test_a_setting_in_which_no_query_has_a_match_is_not_offered(
    tmp_path: Path, clothes: list[str], names: list[str]
) -> None:
    rows = ["path,identity,clothes,split", f"{tmp_path}/0.jpg,Bo,red,train"]
    for number, outfit in enumerate(clothes, start=1):
        rows.append(f"{number}.jpg,Ann,{outfit},test")
    for number in range(5):
        (tmp_path / f"{number}.jpg").touch()
    (tmp_path / "images.csv").write_text("\n".join(rows))
    data = Table(tmp_path, "none")
    assert [setting.name for setting in data.settings] == names
    data.require_matches()


def test_the_same_people_are_chosen_from_a_table_as_from_their_folders(tmp_path: Path) -> None:
    root = make_people(tmp_path)
    people = People(root, "none")
    rows = [f"{record.image},{record.person}" for record in people.records()]
    (tmp_path / "all.csv").write_text("\n".join(["path,identity", *rows]))
    table = Table(tmp_path / "all.csv", "none")
    assert {record.person for record in table.query} == {record.person for record in people.query}


@pytest.mark.slow
@pytest.mark.answers("bad data", "a table with a byte-order mark")
@pytest.mark.answers("bad data", "a table with CRLF at the ends of its lines")
@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_tables_of_other_programs_are_read(tmp_path: Path, mark: str, ending: str, comma: str) -> None:
    root = make_table(tmp_path, "path,identity")
    text = (root / "images.csv").read_text().replace(",", comma).replace("\n", ending)
    (root / "images.csv").write_bytes((mark + text + ending).encode())
    assert len(Table(root, "none").records()) == 16


@pytest.mark.answers("bad data", "a table of files that are not there")
def test_all_that_is_wrong_is_listed_at_once(tmp_path: Path) -> None:
    root = make_table(tmp_path, "path,identity,split")
    with (root / "images.csv").open("a") as file:
        file.write("photos/nowhere.png,person 9,train\nphotos/0_0_north.png,,train\n")
        file.write("photos/0_0_south.png,person 0,gallery\nphotos/0_1_north.png,person 0,valid\n")
    with pytest.raises(DataSetError) as raised:
        Table(root, "none")
    for fault in (
        "row 18: there is no image",
        "row 19: no identity",
        "row 21: the split is 'valid', expected train, query, gallery, test",
        "0_0_south.png is listed 2 times",
    ):
        assert fault in str(raised.value)


def test_a_track_of_two_people_cameras_or_outfits_is_named_by_its_rows(tmp_path: Path) -> None:
    rows = [
        ("Ann", "north", "red", "t1"),
        ("Ann", "", "red", "t1"),  # what is not known is no other camera
        ("Bo", "north", "red", "t1"),
        ("Ann", "south", "red", "t1"),
        ("Bo", "north", "red", "t2"),
        ("Bo", "north", "blue", "t2"),
        ("Bo", "north", "grey", "t2"),
        ("Bo", "north", "grey", ""),
    ]
    lines = [",".join((f"{number}.jpg", *row)) for number, row in enumerate(rows)]
    for number in range(len(rows)):
        (tmp_path / f"{number}.jpg").touch()
    (tmp_path / "images.csv").write_text("\n".join(["path,identity,camera,clothes,track", *lines]))
    with pytest.raises(DataSetError) as raised:
        Table(tmp_path, "none")
    assert str(raised.value).split(": ", 1)[1].split("; ") == [
        "rows 2 and 4: the track 't1' has two identities, 'Ann' and 'Bo'",
        "rows 2 and 5: the track 't1' has two cameras, 'north' and 'south'",
        "rows 6 and 7: the track 't2' has two outfits, 'red' and 'blue'",
    ]


def test_test_images_of_tracks_are_counted_by_track(tmp_path: Path) -> None:
    data = Table(make_tracks(tmp_path), "none")
    assert {setting.unit for setting in data.settings} == {"tracks"}
    held_out = data.held_out_setting(data.train)
    assert (held_out.unit, held_out.clothes, len(held_out.items(held_out.query))) == ("tracks", "other", 8)
    assert "24 images of   2 identities in 8 tracks" in data.summary()


def test_tracks_without_a_match_are_refused_by_their_number(tmp_path: Path) -> None:
    root = make_tracks(tmp_path, "path,identity,camera,track,split")
    text = (root / "images.csv").read_text()
    (root / "images.csv").write_text(text.replace(",north,", ",south,"))
    with pytest.raises(
        DataSetError, match=r"none of the 8 query tracks .* among the 8 gallery tracks: expected tracks of"
    ):
        Table(root, "none").require_matches()


def test_of_very_many_faults_the_first_are_named(tmp_path: Path) -> None:
    rows = [f"{number}.jpg,someone" for number in range(25)]
    (tmp_path / "images.csv").write_text("\n".join(["path,identity", *rows]))
    with pytest.raises(DataSetError, match=r"row 11: .*; and 15 more$"):
        Table(tmp_path, "none")


@pytest.mark.answers("bad data", "a table that names a column twice")
@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("path,camera", "no column identity"),
        ("path,identity,path", "the column path twice"),
        ("path,indentity,camera", r"no column identity, a column 'indentity', did you mean 'identity'\?"),
        ("", "no column path, no column identity"),
    ],
)
def test_a_wrong_header_is_explained(tmp_path: Path, header: str, fault: str) -> None:
    (tmp_path / "images.csv").write_text(f"{header}\na.jpg,b,c\n")
    with pytest.raises(DataSetError, match=fault):
        Table(tmp_path, "none")


def test_other_columns_are_passed_over(tmp_path: Path) -> None:
    root = make_table(tmp_path, "path,identity")
    lines = (root / "images.csv").read_text().splitlines()
    (root / "images.csv").write_text("\n".join([f"{lines[0]},notes", *(f"{line},x" for line in lines[1:])]))
    assert len(Table(root, "none").records()) == 16


def test_a_split_for_some_images_only_is_refused(tmp_path: Path) -> None:
    root = make_table(tmp_path, "path,identity,split")
    text = (root / "images.csv").read_text()
    (root / "images.csv").write_text(text.replace(",query", ","))
    with pytest.raises(DataSetError, match="gives a split for some images only"):
        Table(root, "none")


def test_parquet_is_read_as_csv_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyarrow_csv = pytest.importorskip("pyarrow.csv", reason="pyarrow comes with the extra parquet")
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow comes with the extra parquet")
    root = make_table(tmp_path)
    parquet.write_table(pyarrow_csv.read_csv(root / "images.csv"), root / "images.parquet")
    assert [one.image for one in Table(root / "images.parquet").records()] == [
        one.image for one in Table(root).records()
    ]
    monkeypatch.setattr("importlib.import_module", _nothing)
    with pytest.raises(MissingExtraError, match=r"ccreid\[parquet\]"):
        Table(root / "images.parquet")


def _nothing(name: str) -> None:
    raise ImportError(name)


def test_a_folder_without_a_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFolderError, match=r"no table images\.csv or images\.parquet in"):
        open_data_set(tmp_path, "table")


def test_a_table_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "images.csv").write_bytes(b"path,identity\n\xff\xfe,x\n")
    with pytest.raises(DataSetError, match="is not UTF-8"):
        Table(tmp_path, "none")


@pytest.mark.answers("security", "a table whose relative paths lead out of its folder")
@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("path", ["../secret.png", "photos/../../secret.png", "./../secret.png"])
def test_a_relative_path_does_not_lead_out_of_the_tables_folder(tmp_path: Path, path: str, ending: str) -> None:
    (tmp_path / "secret.png").touch()
    (tmp_path / "own" / "photos").mkdir(parents=True)
    (tmp_path / "own" / "photos" / "a.png").touch()
    table = tmp_path / "own" / f"images{ending}"
    for paths, fault in (
        (["photos/a.png", path], path),
        (["photos/../photos/a.png", str(tmp_path / "secret.png")], ""),
    ):
        if ending == ".csv":
            table.write_text("\n".join(["path,identity", *(f"{one},x{place}" for place, one in enumerate(paths))]))
        else:
            pytest.importorskip("pyarrow", reason="pyarrow comes with the extra parquet")
            import pyarrow.parquet

            pyarrow.parquet.write_table(pyarrow.table({"path": paths, "identity": ["x", "y"]}), table)
        if fault:
            with pytest.raises(
                DataSetError, match=f"row 3: {fault} leads out of the table's folder: write whole paths"
            ):
                Table(table, "none")
        else:
            assert len(Table(table, "none", test_share=0.5).records()) == 2


@pytest.mark.answers("bad data", "a table with a cell that no file can be called by, or that nothing closes")
def test_cells_that_are_no_paths_are_faults_of_their_rows(tmp_path: Path) -> None:
    table = tmp_path / "images.csv"
    table.write_text(f"path,identity\n{'a' * 5000},x\nb\0.jpg,y\n")
    with pytest.raises(
        DataSetError, match=r"row 2: there is no image .*File name too long.*; row 3: there is no image"
    ):
        Table(table, "none")
    table.write_text('path,identity\n"a.jpg,x\n' + "b.jpg,y\n" * 20_000)
    with pytest.raises(DataSetError, match=r"images\.csv is no whole CSV .*quotation mark that is not closed"):
        Table(table, "none")


@pytest.mark.answers("bad data", "the same file as query and in the gallery")
def test_an_image_that_is_query_and_gallery_does_not_find_itself(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.png").touch()
    (tmp_path / "images.csv").write_text("path,identity,split\na.png,x,test\nb.png,x,test\nc.png,y,test\n")
    (setting,) = Table(tmp_path, "none").settings
    assert setting.view == "image"
    assert [record.image.name for record in setting.unmatched()] == ["c.png"]
    (tmp_path / "images.csv").write_text("path,identity,split\na.png,x,query\na.png,x,gallery\n")
    with pytest.raises(DataSetError, match=r"a\.png is listed 2 times"):
        Table(tmp_path, "none")


@pytest.mark.answers("bad data", "one camera only")
def test_test_images_of_one_camera_are_refused_with_the_reason(tmp_path: Path) -> None:
    root = make_table(tmp_path)
    text = (root / "images.csv").read_text().replace(",south,", ",north,")
    (root / "images.csv").write_text(text)
    with pytest.raises(DataSetError, match=r"has a match among the .* images of the same identity of another camera"):
        Table(root, "none").require_matches()


def test_a_file_that_is_listed_under_two_names_is_named(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").touch()
    (tmp_path / "link.png").symlink_to("photos/a.png")
    (tmp_path / "folder").symlink_to("photos")
    for other in ("link.png", "folder/a.png", "photos/../photos/a.png", str(tmp_path / "photos" / "a.png")):
        (tmp_path / "images.csv").write_text(f"path,identity\nphotos/a.png,x\n{other},y\n")
        with pytest.raises(DataSetError, match=r"photos/a\.png is listed 2 times"):
            Table(tmp_path, "none")
