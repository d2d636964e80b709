"""The fast search against one that sorts all similarities in Python, with many equal ones."""

import math

import numpy as np
import pytest

import ccreid.retrieval.nearest
from ccreid.retrieval.entry import unit_length
from ccreid.retrieval.nearest import nearest

Matrix = np.ndarray


def search_plainly(queries: Matrix, vectors: Matrix, count: int, rows: list[int]) -> list[list[tuple[int, float]]]:
    """Return the rows and similarities that a sort of all gives: sums without rounding, one rounding to float32."""

    def similarity(query: Matrix, row: int) -> float:
        return float(np.float32(math.fsum(float(a) * float(b) for a, b in zip(query, vectors[row], strict=True))))

    found = []
    for query in queries:
        scored = [(row, similarity(query, row)) for row in rows]
        found.append(sorted(scored, key=lambda one: (-one[1], one[0]))[:count])
    return found


def searched(
    queries: Matrix, vectors: Matrix, count: int, rows: list[int] | None = None
) -> list[list[tuple[int, float]]]:
    found = nearest(queries, vectors, count, None if rows is None else np.array(rows, np.intp))
    return [list(zip(one.places.tolist(), one.similarities.tolist(), strict=True)) for one in found]


def with_copies(count: int, different: int, width: int, seed: int) -> Matrix:
    """Return features of which many are the same to the bit, and many others a rounding apart."""
    random = np.random.default_rng(seed)
    some = unit_length(random.normal(size=(different, width)))
    vectors = some[random.integers(different, size=count)]
    vectors[::5] = np.nextafter(vectors[::5], np.float32(1))
    return vectors


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ccreid.retrieval.nearest, "_BLOCK", 37)
    monkeypatch.setattr(ccreid.retrieval.nearest, "_QUERIES", 3)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 10, 36, 37, 38, 100, 400, 1000])
@pytest.mark.parametrize("different", [1, 4, 60])
def test_the_order_is_that_of_a_full_sort_equal_ones_included(count: int, different: int) -> None:
    vectors = with_copies(400, different, 9, seed=count)
    queries = np.concatenate([vectors[:4], unit_length(np.random.default_rng(1).normal(size=(4, 9)))])
    assert searched(queries, vectors, count) == search_plainly(queries, vectors, count, list(range(400)))


@pytest.mark.parametrize("every", [1, 2, 3, 50, 500])
def test_only_the_rows_that_may_be_found_are(every: int) -> None:
    vectors = with_copies(400, 20, 9, seed=every)
    rows = list(range(1, 400, every))
    assert searched(vectors[:5], vectors, 12, rows) == search_plainly(vectors[:5], vectors, 12, rows)


def test_similarities_that_rise_or_fall_with_the_rows_are_all_looked_at() -> None:
    angles = np.linspace(0, math.pi, 300)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    queries = np.array([[1, 0], [-1, 0]], np.float32)
    assert searched(queries, vectors, 20) == search_plainly(queries, vectors, 20, list(range(300)))


def test_a_query_finds_the_same_whether_it_is_asked_alone_or_with_others() -> None:
    vectors = with_copies(400, 50, 64, seed=0)
    queries = unit_length(np.random.default_rng(2).normal(size=(20, 64)))
    together = searched(queries, vectors, 30)
    assert together == [searched(query[None], vectors, 30)[0] for query in queries]


def test_nothing_is_found_where_nothing_may_be() -> None:
    vectors = with_copies(10, 5, 9, seed=0)
    assert searched(vectors[:2], vectors, 3, []) == [[], []]
    assert searched(vectors[:2], vectors[:0], 3) == [[], []]
    assert searched(vectors[:0], vectors, 3) == []
