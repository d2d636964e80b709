"""What the search row counts, refuses and reckons."""

import numpy as np
import pytest
from benchmarks.load_script import load_script

measuring = load_script("measuring")
engines = load_script("search_engines")
search = load_script("search")


def read(kind: str, images: int = 1000, seconds: float = 10.0) -> object:
    """Return readings in which ours takes 2,048 bytes a vector, and faiss half the time and memory."""
    ours, *others = search.KINDS[kind]
    held = {ours: 2048 * images} | dict.fromkeys(others, 1024 * images)
    made = {ours: 36.0} | dict.fromkeys(others, 18.0)
    rates = {ours: [10.0]} | {name: [20.0] for name in others}
    return search.Measured(images, seconds, made, held, rates, rates, dict.fromkeys(held, 1.0))


def test_recall_counts_what_is_found_wherever_it_stands() -> None:
    assert search.recall(np.array([[3, 1], [5, -1]]), np.array([[1, 3], [5, 6]])) == 0.75


def test_the_nearest_are_those_of_a_full_sort() -> None:
    gallery, queries = engines.made_gallery(200, 5, 8)
    truth = [sorted(np.argsort(-(gallery @ query))[:10].tolist()) for query in queries]
    assert np.sort(search.nearest(queries, gallery), axis=1).tolist() == truth


def test_a_size_that_would_take_too_long_is_not_measured_and_counts_filling() -> None:
    row = measuring.Row("search", "Search", [])
    last = {kind: read(kind) for kind in search.KINDS}
    assert not search.refused(row, "table", {}, 1000, 1)
    assert not search.refused(row, "flat", last, 10_000, 101)
    assert not search.refused(row, "table", last, 10_000, 101)
    assert search.refused(row, "hnsw", last, 10_000, 101)
    assert row.missing == [
        "Milvus Lite HNSW and its peers, 10,000 x 512: would take about 8 min by what 1,000 took, filling included"
    ]


def test_a_size_that_would_not_fit_in_memory_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "free_memory", lambda: 3.0)
    row = measuring.Row("search", "Search", [])
    assert search.refused(row, "flat", {"flat": read("flat")}, 1_000_000, 1e9)
    assert "would need about 3 GB" in row.missing[0]


def test_lines_say_rates_against_faiss_recall_and_bytes() -> None:
    asked = search.Asked(np.zeros((4, 2), np.float32), np.zeros((4, 10), np.int64), 2, 1)
    together, alone, memory, making = search.cases("flat", read("flat"), asked)
    assert together.ratio("faiss IndexFlatIP") == alone.ratio("faiss IndexFlatIP") == 0.5
    assert together.missed() == ["faiss IndexFlatIP"]
    assert together.equality == "recall@10: ours 1.000, faiss IndexFlatIP 1.000"
    assert memory.readings == {"ours": [2048], "faiss IndexFlatIP": [1024]}
    assert making.ratio("faiss IndexFlatIP") == 0.5
    assert "numpy: product and argpartition" not in search.cases("table", read("table"), asked)[3].readings


def test_an_exact_search_that_is_not_exact_stops_the_script() -> None:
    asked = search.Asked(np.zeros((4, 2), np.float32), np.zeros((4, 10), np.int64), 2, 1)
    wrong = read("table")
    wrong.recall["table"] = 0.9
    with pytest.raises(SystemExit, match="table found 90"):
        search.cases("table", wrong, asked)
    graph = read("hnsw")
    graph.recall["Milvus Lite HNSW"] = 0.9
    assert "ours 0.900" in search.cases("hnsw", graph, asked)[0].equality


def test_growth_on_paper_follows_from_what_was_read() -> None:
    # 2,048 bytes x 1e8 are 204.8 GB, of which a machine holds 51.2: four, each with 25,000 times what was read.
    table = "table, 2,048 bytes a vector, 205 GB, 4 machines, 2.5e+03 s for one query, 0.0004 queries/s together, "
    assert search.on_paper("table", read("table")) == table + "2.5e+02 h to make"
    # faiss: 102.4 GB on two, each with 5e7; the logarithm of that is 2.57 times that of 1,000.
    graph = search.on_paper("hnsw", read("hnsw"))
    assert graph.startswith("faiss IndexHNSWFlat, 1,024 bytes a vector, 102 GB, 2 machines, 0.13 s for one query")
    assert search.on_paper("table", read("table")) in search.growth({"table": read("table"), "hnsw": read("hnsw")})
