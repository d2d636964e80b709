"""Works ahead of a loop in threads, such as decoding the next images while a model is busy, in bounded memory."""

import itertools
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ccreid.errors import BadValueError

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(
    function: Callable[[Item], Result], items: Iterable[Item], ahead: int, threads: int | None = None
) -> Generator[Result, None, None]:
    """Apply a function to items in threads and yield the results in the items' order.

    Nothing is begun before the first result is asked for. Then, while the caller uses a result, the function works on
    the items after it, `ahead` of them at most, done or not; `items` is read as far as that and no further, so it may
    be endless. Where the caller stops, or anything raises, what has not begun is dropped and what has is waited for,
    so that no thread is left.

    Args:
        function: Called once an item, in several threads at once.
        items: What it is called with.
        ahead: Items that are worked on before their results are asked for, from 0.
        threads: That the function is called in, from 1; one a core where it is left out.

    Yields:
        `function(item)` for each item, in order. An error of the function is raised in its result's place; one of
        `items` itself is raised when it is met, up to `ahead` results early.

    Raises:
        ValueError: `ahead` or `threads` is out of its range.

    Example:
        >>> list(prefetch(str.upper, ["left", "right"], ahead=8))
        ['LEFT', 'RIGHT']
    """
    threads = threads if threads is not None else os.cpu_count() or 1
    if ahead < 0:
        raise BadValueError(f"ahead is {ahead}, expected a number of items from 0")
    if threads < 1:
        raise BadValueError(f"threads is {threads}, expected a number from 1")
    return _results(function, iter(items), ahead, threads)


def _results(
    function: Callable[[Item], Result], items: Iterator[Item], ahead: int, threads: int
) -> Generator[Result, None, None]:
    pool = ThreadPoolExecutor(min(threads, ahead + 1))
    begun: deque[Future[Result]] = deque()
    try:
        while True:
            for item in itertools.islice(items, ahead + 1 - len(begun)):
                begun.append(pool.submit(function, item))
            if not begun:
                return
            yield begun.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
