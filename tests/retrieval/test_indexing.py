from extras import needs

needs("search")

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from retrieval.made_rows import MARK, made_rows

from ccreid.errors import BadValueError
from ccreid.retrieval.entry import Rows
from ccreid.retrieval.feature_mark import OtherModelError
from ccreid.retrieval.feature_table import write_rows
from ccreid.retrieval.filters import filters_of
from ccreid.retrieval.indexing import StillThereError, index_table, remove
from ccreid.retrieval.parquet_store import ParquetStore
from ccreid.retrieval.store import open_store


@pytest.fixture
def table(tmp_path: Path) -> Path:
    write_rows(tmp_path / "table.parquet", [made_rows(50)], MARK)
    return tmp_path / "table.parquet"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gallery.db", "gallery.parquet"])
def test_a_table_that_is_indexed_again_adds_what_is_new_and_what_changed(table: Path, name: str) -> None:
    store = open_store(table.with_name(name))
    assert str(index_table(table, store)).endswith("added 50; it has 50 entries")
    again = index_table(table, store)
    assert (again.added, again.kept, again.count) == (0, 50, 50)
    entries, vectors = made_rows(55)
    entries[3] = replace(entries[3], identity="known now")
    write_rows(table, [Rows(entries, vectors)], MARK)
    more = index_table(table, store)
    assert (more.added, more.kept, more.count) == (6, 49, 55)
    assert store.known([entries[3].id])[entries[3].id].identity == "known now"
    store.close()


@pytest.mark.slow
def test_a_gallery_of_another_model_is_refused_before_anything_is_added(table: Path) -> None:
    store = open_store(table.with_name("gallery.db"))
    index_table(table, store)
    write_rows(table, [made_rows(70)], replace(MARK, model="b" * 64, name="other"))
    with pytest.raises(OtherModelError, match=r"the model made \(a+\), and these are of other"):
        index_table(table, store)
    assert store.count() == 50
    store.close()


@pytest.mark.slow
def test_a_gallery_that_grew_gets_the_index_of_its_size(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(table.with_name("gallery.db"))
    index_table(table, store)
    monkeypatch.setattr("ccreid.retrieval.milvus_index.EXACT", 60)
    assert store._index().kind == "FLAT"  # type: ignore[attr-defined]
    write_rows(table, [made_rows(80)], MARK)
    index_table(table, store)
    assert store._index().kind == "HNSW"  # type: ignore[attr-defined]
    query = made_rows(80).vectors[70:71]
    assert store.search(query, 1, filters_of())[0][0].entry == made_rows(80).entries[70]
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gallery.db", "gallery.parquet"])
def test_people_files_and_cameras_are_removed_and_looked_for_again(table: Path, name: str) -> None:
    store = open_store(table.with_name(name))
    index_table(table, store)
    entries = made_rows(50).entries
    gone = remove(store, filters_of(identities=("alice",)))
    assert {entry.id for entry in gone} == {entry.id for entry in entries if entry.identity == "alice"}
    both = remove(store, filters_of(cameras=("camera 1",), identities=("carla\\",)))
    assert both and all((entry.camera, entry.identity) == ("camera 1", "carla\\") for entry in both)
    assert [entry.path for entry in remove(store, filters_of(paths=(entries[4].path,)))] == [entries[4].path]
    assert remove(store, filters_of(identities=("alice",))) == []
    assert store.count() == 50 - len(gone) - len(both) - 1
    store.close()


def test_removing_nothing_in_particular_is_refused(table: Path) -> None:
    with pytest.raises(BadValueError, match="give an identity"):
        remove(ParquetStore(table), filters_of())


def test_what_a_gallery_keeps_all_the_same_is_said(table: Path) -> None:
    class Keeping(ParquetStore):
        def delete(self, ids: Sequence[str]) -> None:
            """Forget to."""

    with pytest.raises(StillThereError, match="still found"):
        remove(Keeping(table), filters_of(identities=("alice",)))
