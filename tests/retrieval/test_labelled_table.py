from extras import needs

needs("parquet")

from pathlib import Path

import numpy as np
import pytest
from retrieval.colour_model import colour_model

from ccreid.retrieval.entry import Entry, Rows
from ccreid.retrieval.feature_mark import OtherModelError, mark_of
from ccreid.retrieval.feature_table import write_rows
from ccreid.retrieval.labelled_table import common_mark, labelled_table


def test_a_table_s_features_come_with_what_is_known_of_each(tmp_path: Path) -> None:
    vectors = np.eye(3, 12, dtype=np.float16)
    entries = [
        Entry("0", "/0.jpg", "ann", "north", "", "t", "coat"),
        Entry("1", "/1.jpg"),
        Entry("2", "/2.jpg", "bo"),
    ]
    write_rows(tmp_path / "a.parquet", [Rows(entries, vectors)], mark_of(colour_model()))
    images = labelled_table(tmp_path / "a.parquet")
    assert images.identities.tolist() == ["ann", "bo"]
    assert [column.tolist() for column in (images.clothes, images.cameras, images.tracks)] == [
        ["coat", ""],
        ["north", ""],
        ["t", ""],
    ]
    assert images.features.tolist() == vectors[[0, 2]].tolist()


def test_tables_of_two_models_are_not_measured_together(tmp_path: Path) -> None:
    tables = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    marks = [mark_of(colour_model(seed)) for seed in (0, 1)]
    for table, mark in zip(tables, marks, strict=True):
        write_rows(table, [], mark)
    assert common_mark(tables[:1]) == marks[0]
    with pytest.raises(OtherModelError, match=r"b\.parquet holds features of the model colours1"):
        common_mark(tables)
    assert len(labelled_table(tables[0])) == 0
