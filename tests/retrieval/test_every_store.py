"""What all places of a gallery promise: a table, Milvus Lite and, where one is named, a Milvus server."""

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from extras import needs
from retrieval.made_rows import MARK, NAMES, WIDTH, made_rows
from retrieval.plain_search import passes, search_plainly

from ccreid.errors import CcreidError, MissingFileError
from ccreid.retrieval.entry import Rows
from ccreid.retrieval.feature_mark import OtherModelError
from ccreid.retrieval.filters import Filters, filters_of, moment
from ccreid.retrieval.milvus_store import MilvusStore
from ccreid.retrieval.parquet_store import ParquetStore
from ccreid.retrieval.store import Store

Opened = Callable[[], Store]

FILTERS = (
    Filters(),
    Filters(cameras=("camera 1",)),
    Filters(cameras=("camera 1", "camera 2"), since=moment("2026-05-01 10:20")),
    Filters(until=moment("2026-05-01 10:05")),
    Filters(since=moment("2026-05-01 10:05"), until=moment("2026-05-01 10:05")),
    *(Filters(identities=(name,)) for name in NAMES),
    Filters(paths=(f"/photos/{NAMES[1]}/0 1.jpg", f"/photos/{NAMES[4]}/0 4.jpg")),
    Filters(cameras=("none of these",)),
)


@pytest.fixture(params=["table", "lite", "server"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Return what opens one and the same gallery, which is empty at first, anew."""
    stores: list[Store] = []
    uri, name = os.environ.get("CCREID_MILVUS_URI", ""), f"test_{uuid.uuid4().hex}"
    if request.param == "server" and not uri:
        pytest.skip("no Milvus server is named: set CCREID_MILVUS_URI, such as http://localhost:19530")
    needs("parquet" if request.param == "table" else "search")

    def open_() -> Store:
        for store in stores:
            store.close()
        if request.param == "table":
            stores.append(ParquetStore(tmp_path / "gallery.parquet"))
        else:
            where = uri or str(tmp_path / "gallery.db")
            stores.append(MilvusStore(where, os.environ.get("CCREID_MILVUS_TOKEN", ""), name))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()
    if request.param == "server":
        from pymilvus import MilvusClient

        MilvusClient(uri, token=os.environ.get("CCREID_MILVUS_TOKEN", "")).drop_collection(name)


@pytest.mark.slow
def test_flat_search_equals_brute_force_under_every_filter(opened: Opened) -> None:
    rows = made_rows(150)
    opened().upsert([rows], MARK, 150)
    store = opened()
    queries = made_rows(3, seed=1).vectors.astype(np.float32)
    for filters in FILTERS:
        for query, hits in zip(queries, store.search(queries, 20, filters), strict=True):
            plain = search_plainly(rows, query.tolist(), 20, filters)
            assert [hit.entry.id for hit in hits] == [id for id, _ in plain]
            assert [hit.similarity for hit in hits] == pytest.approx([similarity for _, similarity in plain], abs=1e-5)
        found = {entry.id for entry in store.entries(filters)}
        assert found == {entry.id for entry in rows.entries if passes(entry, filters)}


@pytest.mark.slow
def test_what_is_found_says_all_that_was_said_of_it(opened: Opened) -> None:
    rows = made_rows(20)
    store = opened()
    store.upsert([rows], MARK, 20)
    by_id = {entry.id: entry for entry in rows.entries}
    (hits,) = store.search(rows.vectors[:1].astype(np.float32), 20, Filters())
    assert len(hits) == 20
    assert all(hit.entry == by_id[hit.entry.id] for hit in hits)
    assert store.known([rows.entries[3].id, "f" * 64]) == {rows.entries[3].id: rows.entries[3]}


@pytest.mark.slow
def test_an_entry_that_is_added_again_is_replaced(opened: Opened) -> None:
    rows = made_rows(30)
    store = opened()
    store.upsert([Rows(rows.entries[:20], rows.vectors[:20]), Rows(rows.entries[20:], rows.vectors[20:])], MARK, 30)
    changed = replace(rows.entries[0], camera="another")
    store.upsert([Rows([changed], rows.vectors[5:6])], MARK, 1)
    assert store.count() == 30
    assert store.known([changed.id]) == {changed.id: changed}
    np.testing.assert_allclose(store.vectors([changed.id]), rows.vectors[5:6], atol=1e-6)


@pytest.mark.slow
def test_a_removed_entry_is_found_no_more_and_is_in_no_file(opened: Opened, tmp_path: Path) -> None:
    rows = made_rows(40)
    opened().upsert([rows], MARK, 40)
    store = opened()
    gone = [entry.id for entry in rows.entries if entry.identity == "alice"]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not files or any(gone[0].encode() in path.read_bytes() for path in files)  # a server's are elsewhere
    store.delete(gone)
    queries = rows.vectors[:1].astype(np.float32)
    for each in (store, opened()):
        assert each.count() == 40 - len(gone)
        assert not each.known(gone)
        assert not {hit.entry.id for hit in each.search(queries, 40, Filters())[0]} & set(gone)
        assert each.mark() == MARK
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or not any(id.encode() in path.read_bytes() for id in gone)


@pytest.mark.slow
def test_features_of_another_model_are_refused_by_name(opened: Opened) -> None:
    rows = made_rows(5)
    opened().upsert([rows], MARK, 5)
    store = opened()
    assert store.mark() == MARK
    with pytest.raises(OtherModelError, match=r"made .*other"):
        store.upsert([rows], replace(MARK, model="b" * 64, name="other"), 5)
    assert store.count() == 5


def test_a_gallery_that_is_not_there_is_empty_and_searching_it_says_how_to_make_it(opened: Opened) -> None:
    store = opened()
    assert (store.mark(), store.count(), store.entries(filters_of()), store.known(["a"])) == (None, 0, [], {})
    store.delete(["a"])
    with pytest.raises(MissingFileError, match="make it with `ccreid"):
        store.search(np.zeros((1, WIDTH), np.float32), 3, Filters())


@pytest.mark.parametrize("name", ["gallery.parquet", "gallery.db"])
def test_a_text_file_in_a_gallerys_place_is_one_clear_line(name: str, tmp_path: Path) -> None:
    needs("search")
    (tmp_path / name).write_text("hello")
    with pytest.raises(CcreidError, match=f"{name} is") as raised:
        (ParquetStore(tmp_path / name) if name.endswith("t") else MilvusStore(str(tmp_path / name))).search(
            np.zeros((1, WIDTH), np.float32), 3, Filters()
        )
    assert "\n" not in str(raised.value)


@pytest.mark.slow
def test_some_entries_are_as_many_as_are_asked_for_and_pass(opened: Opened) -> None:
    store = opened()
    assert store.entries(Filters(), 5) == []
    rows = made_rows(30)
    store.upsert([rows], MARK, 30)
    filters = Filters(cameras=("camera 1",))
    passing = [entry for entry in rows.entries if passes(entry, filters)]
    some = store.entries(filters, 3)
    assert len({entry.id for entry in some}) == 3
    assert all(entry in passing for entry in some)
    assert len(store.entries(filters, 100)) == len(passing)
