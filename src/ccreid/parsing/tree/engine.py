"""Runs the batches of a tree in this process, and says what an engine is."""

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import Final

from ccreid.parsing.parser import Parser
from ccreid.parsing.tree.batch import Outcome, Source, Work, load_batch, parse_batch, write_batch

Batch = Sequence[PurePosixPath]

Engine = Callable[[Work, Parser, Callable[[], Parser] | None, Sequence[Batch]], Iterator[list[Outcome]]]
"""Runs batches and yields the outcomes of each, in any order.

Its arguments are the work, a parser that is ready in this process, a function that makes the like in another process
(None where the caller has none), and the batches.
"""

_THREADS: Final = 4
# Batches that are read before the parser asks for them, or parsed and not yet written; bounds the memory.
_AHEAD: Final = 3


def run_here(
    work: Work, parser: Parser, build: Callable[[], Parser] | None, batches: Sequence[Batch]
) -> Iterator[list[Outcome]]:
    """Run the batches in this process: the parser in this thread, reading and writing in others."""
    pool = ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1))
    unread = iter(batches)
    loading: deque[Future[list[Source]]] = deque()
    writing: deque[Future[list[Outcome]]] = deque()
    try:
        while True:
            for batch in itertools.islice(unread, _AHEAD - len(loading)):
                loading.append(pool.submit(load_batch, work, batch))
            if not loading:
                break
            sources = loading.popleft().result()
            parse_batch(work, parser, sources)
            writing.append(pool.submit(write_batch, work, sources))
            if len(writing) == _AHEAD:
                yield writing.popleft().result()
        while writing:
            yield writing.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
