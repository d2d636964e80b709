import pytest

from ccreid.errors import BadValueError
from ccreid.retrieval.milvus_index import EXACT, GRAPH, index_for, search_parameters


def test_the_number_of_entries_decides_the_index() -> None:
    assert [index_for(count).kind for count in (0, EXACT, EXACT + 1, GRAPH, GRAPH + 1)] == [
        *("FLAT", "FLAT", "HNSW", "HNSW", "IVF_FLAT")
    ]
    assert index_for(10, "hnsw").kind == "HNSW"
    assert index_for(0, "ivf_flat").build["nlist"] == 1


def test_a_search_looks_at_no_fewer_than_it_is_to_find() -> None:
    assert search_parameters(index_for(0, "hnsw"), 10) == {"ef": 256}
    assert search_parameters(index_for(0, "hnsw"), 1000) == {"ef": 2000}
    assert search_parameters(index_for(0), 1000) == {}


def test_an_unknown_index_is_one_clear_line() -> None:
    with pytest.raises(BadValueError, match="did you mean 'hnsw'"):
        index_for(10, "hnws")
