from extras import needs

needs("parquet")

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest
from retrieval.made_rows import MARK, made_rows

from ccreid.errors import CcreidError, MissingFileError
from ccreid.retrieval import feature_table
from ccreid.retrieval.entry import Entry, Rows
from ccreid.retrieval.feature_mark import FeatureMarkError
from ccreid.retrieval.feature_table import (
    FeatureTableError,
    count_rows,
    read_entries,
    read_mark,
    read_rows,
    write_rows,
)


def test_what_is_written_in_any_pieces_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_table, "ROW_GROUP", 16)
    rows = made_rows(50)
    pieces = [Rows(rows.entries[start : start + 7], rows.vectors[start : start + 7]) for start in range(0, 50, 7)]
    assert write_rows(tmp_path / "table.parquet", pieces, MARK) == 50
    assert count_rows(tmp_path / "table.parquet") == 50
    assert list(read_entries(tmp_path / "table.parquet")) == rows.entries
    found = list(read_rows(tmp_path / "table.parquet", 9))
    assert [entry for piece in found for entry in piece.entries] == rows.entries
    np.testing.assert_array_equal(np.concatenate([piece.vectors for piece in found]), rows.vectors)
    assert parquet.ParquetFile(tmp_path / "table.parquet").num_row_groups == 4


def test_the_model_stands_in_the_schema_and_what_is_not_known_is_null(tmp_path: Path) -> None:
    mark = replace(MARK, precision="float16")
    write_rows(tmp_path / "t.parquet", [Rows([Entry("f" * 64, "/x.jpg")], np.full((1, 8), 0.5))], mark)
    table = parquet.read_table(tmp_path / "t.parquet")
    assert table.schema.metadata[b"ccreid.model"] == b"a" * 64
    assert table.schema.field("vector").type == arrow.list_(arrow.float16(), 8)
    assert table["identity"].to_pylist() == table["time"].to_pylist() == [None]
    assert read_mark(tmp_path / "t.parquet") == mark


def test_images_below_the_tables_folder_are_found_when_it_moves(tmp_path: Path) -> None:
    inside, outside = tmp_path / "here" / "photos" / "1.jpg", tmp_path / "elsewhere.jpg"
    rows = Rows([Entry("a", str(inside)), Entry("b", str(outside))], np.ones((2, 8)))
    write_rows(tmp_path / "here" / "t.parquet", [rows], MARK)
    (tmp_path / "here").rename(tmp_path / "there")
    paths = [entry.path for entry in read_entries(tmp_path / "there" / "t.parquet")]
    assert paths == [str(tmp_path / "there" / "photos" / "1.jpg"), str(outside)]


def test_an_empty_table_is_a_table(tmp_path: Path) -> None:
    write_rows(tmp_path / "t.parquet", [], MARK)
    assert (count_rows(tmp_path / "t.parquet"), list(read_rows(tmp_path / "t.parquet"))) == (0, [])


def test_what_is_no_table_of_features_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("hello")
    parquet.write_table(arrow.table({"path": ["x"]}), tmp_path / "other.parquet")
    for name, said in (("text", "no table of features"), ("other", "no features of ccreid's")):
        with pytest.raises(CcreidError, match=said) as raised:
            list(read_rows(tmp_path / f"{name}.parquet"))
        assert "\n" not in str(raised.value)
    with pytest.raises(MissingFileError, match="ccreid embed"):
        read_mark(tmp_path / "none.parquet")


@pytest.mark.answers("bad data", "features of no numbers in a table")
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_of_no_numbers_are_named(tmp_path: Path, value: float) -> None:
    rows = made_rows(5)
    rows.vectors[3, 2] = value
    write_rows(tmp_path / "t.parquet", [rows], MARK)
    with pytest.raises(FeatureTableError, match=r"t\.parquet .* 1 in 5 rows, such as that of .*0 3\.jpg: remove"):
        list(read_rows(tmp_path / "t.parquet"))


@pytest.mark.answers("bad data", "a table of features with other columns or rows than its own")
@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"path": [b"\xff"]},
        {"path": [None]},
        {"vector": [[1.0, 2.0]]},
        {"vector": ["text"]},
        {"camera": [[1]]},
    ],
)
def test_rows_that_are_not_its_own_are_named(tmp_path: Path, columns: dict[str, list[object]]) -> None:
    own = {name: ["x"] for name in feature_table.COLUMNS} | {"vector": [[1.0] * MARK.width]}
    table = arrow.table(own | columns if columns else {"id": ["x"]}).replace_schema_metadata(MARK.tree())
    parquet.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(FeatureTableError, match=r"t\.parquet has rows that are not those of a table of features"):
        list(read_rows(tmp_path / "t.parquet"))


def test_a_mark_that_lacks_a_word_is_named(tmp_path: Path) -> None:
    for changed in ({"ccreid.features": "many"}, {"ccreid.model_name": None}):
        said = {key: value for key, value in (MARK.tree() | changed).items() if value is not None}
        parquet.write_table(arrow.table({"id": ["x"]}).replace_schema_metadata(said), tmp_path / "t.parquet")
        with pytest.raises(FeatureMarkError, match="does not say as it should"):
            read_mark(tmp_path / "t.parquet")
