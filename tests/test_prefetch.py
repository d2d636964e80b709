import itertools
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccreid.prefetch import prefetch

sizes = st.integers(0, 6)
threads = st.one_of(st.none(), st.integers(1, 4))


class Taken:
    """Items 0, 1, ... that count how many were taken."""

    def __init__(self, number: int) -> None:
        self.count = 0
        self._number = number

    def __iter__(self) -> Iterator[int]:
        for item in range(self._number):
            self.count += 1
            yield item


def _square(item: int) -> int:
    return item * item


@given(st.lists(st.integers(), max_size=30), sizes, threads)
def test_the_results_are_those_of_a_plain_loop_in_its_order(items: list[int], ahead: int, threads: int | None) -> None:
    assert list(prefetch(_square, items, ahead, threads)) == [_square(item) for item in items]


@given(st.integers(0, 30), sizes, threads)
def test_no_more_is_read_ahead_than_was_asked_for(number: int, ahead: int, threads: int | None) -> None:
    items = Taken(number)
    results = prefetch(_square, items, ahead, threads)
    assert items.count == 0
    for used, _ in enumerate(results, start=1):
        assert items.count == min(used + ahead, number)


def test_the_items_may_be_endless() -> None:
    assert list(itertools.islice(prefetch(_square, itertools.count(), ahead=3), 4)) == [0, 1, 4, 9]


@given(st.integers(0, 8), st.integers(0, 20), sizes, threads)
def test_an_error_is_raised_in_its_place_and_ends_the_work(
    good: int, more: int, ahead: int, threads: int | None
) -> None:
    calls = []

    def function(item: int) -> int:
        calls.append(item)
        if item == good:
            raise OSError("broken")
        return item

    results = prefetch(function, range(good + 1 + more), ahead, threads)
    assert [next(results) for _ in range(good)] == list(range(good))
    with pytest.raises(OSError, match="broken"):
        next(results)
    done = len(calls)
    assert done <= good + 1 + ahead
    assert list(results) == []
    assert len(calls) == done


@given(st.integers(1, 10), sizes, threads)
def test_a_loop_that_is_left_leaves_no_work_behind(used: int, ahead: int, threads: int | None) -> None:
    before = threading.active_count()
    calls = []
    results = prefetch(calls.append, itertools.count(), ahead, threads)
    for _ in range(used):
        next(results)
    results.close()
    assert used <= len(calls) <= used + ahead
    assert threading.active_count() == before


def test_items_are_worked_on_while_a_result_is_used() -> None:
    begun = threading.Event()

    def function(item: int) -> int:
        if item == 1:
            begun.set()
        return item

    results = prefetch(function, range(3), ahead=1)
    next(results)
    assert begun.wait(timeout=60)


def test_an_error_of_the_items_themselves_is_raised() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("the list is cut off")

    with pytest.raises(OSError, match="cut off"):
        list(prefetch(_square, items(), ahead=2))


@pytest.mark.parametrize(("ahead", "threads", "message"), [(-1, None, "ahead is -1"), (1, 0, "threads is 0")])
def test_numbers_out_of_their_range_are_refused_at_once(ahead: int, threads: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prefetch(_square, [], ahead, threads)
