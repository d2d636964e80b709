from extras import needs

needs("parquet")

from pathlib import Path

import numpy as np
import pytest
from retrieval.made_rows import MARK, made_rows

from ccreid.errors import BadValueError
from ccreid.evaluation.reranking import Reranking, rerank
from ccreid.retrieval.filters import Filters
from ccreid.retrieval.find import as_one, find
from ccreid.retrieval.parquet_store import ParquetStore


@pytest.fixture
def store(tmp_path: Path) -> ParquetStore:
    store = ParquetStore(tmp_path / "gallery.parquet")
    store.upsert([made_rows(60)], MARK, 60)
    return store


def test_a_photo_that_is_in_the_gallery_does_not_find_itself_and_the_list_is_full(store: ParquetStore) -> None:
    rows = made_rows(60)
    own = rows.entries[7].id
    query = rows.vectors[7:8].astype(np.float32)
    all_of_it = [hit.entry.id for hit in find(store, query, 6, Filters())[0]]
    assert all_of_it[0] == own
    both = np.concatenate([query, query])
    alone, with_it = find(store, both, 5, Filters(), [{own}, set()])
    assert [hit.entry.id for hit in alone] == all_of_it[1:]
    assert [hit.entry.id for hit in with_it] == all_of_it[:5]


def test_reranking_orders_the_candidates_as_rerank_does_and_keeps_their_similarity(store: ParquetStore) -> None:
    rows = made_rows(60)
    query = made_rows(1, seed=3).vectors.astype(np.float32)
    plain = find(store, query, 60, Filters())[0]
    found = find(store, query, 60, Filters(), reranking=Reranking())[0]
    distances = rerank(query, rows.vectors)[0]
    order = [rows.entries[place].id for place in np.argsort(distances, kind="stable")]
    assert [hit.entry.id for hit in found] == order != [hit.entry.id for hit in plain]
    assert {(hit.entry.id, hit.similarity) for hit in found} == {(hit.entry.id, hit.similarity) for hit in plain}
    assert find(store, query, 3, Filters(), reranking=Reranking())[0] == found[:3]
    assert find(store, query, 3, Filters(cameras=("none",)), reranking=Reranking()) == [[]]


def test_several_photos_of_one_person_are_their_mean() -> None:
    one = as_one(np.array([[1, 0], [0, 1]], np.float32))
    np.testing.assert_allclose(one, [[0.5**0.5, 0.5**0.5]], atol=1e-6)


@pytest.mark.parametrize("top", [0, 10_001])
def test_a_list_of_an_impossible_length_is_one_clear_line(store: ParquetStore, top: int) -> None:
    with pytest.raises(BadValueError, match=f"top is {top}"):
        find(store, np.zeros((1, 8), np.float32), top, Filters())
