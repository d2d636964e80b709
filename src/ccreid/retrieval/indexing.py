"""Bringing a table of features into a gallery, and removing people from one for good."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ccreid.errors import BadValueError, CcreidError
from ccreid.progress import show_progress
from ccreid.retrieval.entry import Entry, Rows
from ccreid.retrieval.feature_mark import require_same_model
from ccreid.retrieval.feature_table import count_rows, read_mark, read_rows
from ccreid.retrieval.filters import Filters
from ccreid.retrieval.store import Store

# Entries that are looked up at a time, and those of which a search checks that they are gone.
_LOOKED_UP: Final = 1000
_SEARCHED: Final = 1000


class StillThereError(CcreidError, RuntimeError):
    """Entries that were removed are found all the same; the message names one."""


@dataclass(frozen=True)
class IndexReport:
    """What a call did; as text, one line.

    Attributes:
        uri: The gallery.
        added: Entries that are new or changed.
        kept: Entries of the table that were there as they are.
        count: Entries that the gallery has now.
    """

    uri: str
    added: int
    kept: int
    count: int

    def __str__(self) -> str:
        kept = f", kept {self.kept}" if self.kept else ""
        return f"{self.uri}: added {self.added}{kept}; it has {self.count} entries"


def index_table(table: Path, store: Store, progress: bool = False) -> IndexReport:
    """Add a table's entries to a gallery; those that are there as they are stay, those that differ are replaced.

    Given again after a kill, it goes on with what is missing.

    Args:
        table: What `ccreid embed` wrote.
        store: The gallery; made if it is not there.
        progress: Show how far it is.

    Raises:
        OtherModelError: The gallery's features are of another model.
        MissingFileError: There is no such table.
    """
    mark, total = read_mark(table), count_rows(table)
    there = store.mark()
    if there is not None:
        require_same_model(there, mark, store.uri)
    kept = 0
    with show_progress("indexing", total, progress) as advance:

        def missing() -> Iterator[Rows]:
            nonlocal kept
            for rows in read_rows(table, _LOOKED_UP):
                found = store.known([entry.id for entry in rows.entries])
                places = [place for place, entry in enumerate(rows.entries) if found.get(entry.id) != entry]
                kept += len(rows.entries) - len(places)
                if places:
                    yield Rows([rows.entries[place] for place in places], rows.vectors[np.array(places)])
                advance(len(places), len(rows.entries) - len(places))

        store.upsert(missing(), mark, total)
    return IndexReport(store.uri, total - kept, kept, store.count())


def remove(store: Store, filters: Filters) -> list[Entry]:
    """Remove what passes the filters for good, look for it again, and return what it was.

    Args:
        store: The gallery.
        filters: What is removed; some must be given.

    Raises:
        BadValueError: Nothing is said of what is to be removed.
        StillThereError: Some of it is found afterwards.
    """
    if not filters:
        raise BadValueError("nothing is said of what to remove: give an identity, a path or a camera")
    gone = store.entries(filters)
    if not gone:
        return []
    ids = [entry.id for entry in gone]
    queries = store.vectors(ids[:_SEARCHED])
    store.delete(ids)
    found = {hit.entry.id for hits in store.search(queries, 1, Filters()) for hit in hits} & set(ids)
    left = [*store.known(ids), *found, *(entry.id for entry in store.entries(filters))]
    if left:
        raise StillThereError(f"{left[0]} is still found in {store.uri} after it was removed: remove it again")
    return gone
