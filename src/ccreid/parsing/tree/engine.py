"""Runs the batches of a tree in this process, and says what an engine is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from ccreid.parsing.parser import Parser
from ccreid.parsing.tree.batch import Outcome, Source, Work, load_batch, parse_batch, write_batch
from ccreid.prefetch import prefetch

Batch = Sequence[PurePosixPath]

Engine = Callable[[Work, Parser, Callable[[], Parser] | None, Sequence[Batch]], Iterator[list[Outcome]]]
"""Runs batches and yields the outcomes of each, in any order.

Its arguments are the work, a parser that is ready in this process, a function that makes the like in another process
(None where the caller has none), and the batches.
"""

# Batches that are read before the parser asks for them, and as many that are parsed and not yet written; bounds the
# memory.
_AHEAD: Final = 2


def run_here(
    work: Work, parser: Parser, build: Callable[[], Parser] | None, batches: Sequence[Batch]
) -> Iterator[list[Outcome]]:
    """Run the batches in this process: the parser in this thread, reading and writing in others.

    Args:
        work: What is to be done.
        parser: Which is run.
        build: Not needed here.
        batches: What is to be parsed.

    Raises:
        ParserError: The parser's memory does not suffice, or it does not do what parsers do.
        OSError: A file cannot be written.
    """
    with closing(prefetch(partial(load_batch, work), batches, _AHEAD)) as loaded:
        yield from prefetch(partial(write_batch, work), _parsed(work, parser, loaded), _AHEAD)


def _parsed(work: Work, parser: Parser, loaded: Iterable[list[Source]]) -> Iterator[list[Source]]:
    for sources in loaded:
        parse_batch(work, parser, sources)
        yield sources
