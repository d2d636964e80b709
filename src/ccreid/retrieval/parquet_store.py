"""A gallery that is a Parquet table itself: exact search by a matrix product, with nothing to start or install."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccreid.atomic_files import locked
from ccreid.errors import MissingFileError
from ccreid.retrieval.entry import Entry, Hit, Rows, unit_length
from ccreid.retrieval.feature_mark import FeatureMark, require_same_model
from ccreid.retrieval.feature_table import count_rows, pyarrow, read_mark, read_rows, write_rows
from ccreid.retrieval.filters import UNKNOWN, Filters, moment
from ccreid.retrieval.nearest import nearest


class ParquetStore:
    """A table of features as a gallery; it is read into memory once, and anew once it has changed.

    Args:
        path: The table; made when the first entries are added.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """

    def __init__(self, path: Path) -> None:
        pyarrow("pyarrow.parquet")
        self.uri = str(path)
        self._path = path
        self._state: tuple[int, int, int] | None = None
        self._held: _Held | None = None

    def mark(self) -> FeatureMark | None:
        """Return the table's mark, None where there is no table."""
        return read_mark(self._path) if self._path.exists() else None

    def count(self) -> int:
        """Return the number of its rows."""
        return count_rows(self._path) if self._path.exists() else 0

    def upsert(self, pieces: Iterable[Rows], mark: FeatureMark, expected: int) -> None:
        """Write the table anew, the added entries first.

        Args:
            pieces: What is added; one is held at a time.
            mark: Of the features. What is there keeps its precision.
            expected: Not looked at.
        """
        with locked(self._path):
            there = self.mark()
            if there is not None:
                require_same_model(there, mark, self.uri)
            added: set[str] = set()

            def joined() -> Iterator[Rows]:
                for rows in pieces:
                    fresh = [place for place, entry in enumerate(rows.entries) if entry.id not in added]
                    added.update(entry.id for entry in rows.entries)
                    yield _taken(rows, fresh)
                if there is not None:
                    yield from self._without(added)

            write_rows(self._path, joined(), there or mark)

    def search(self, queries: NDArray[np.float32], count: int, filters: Filters) -> list[list[Hit]]:
        """Return the most similar entries, exactly; of equally similar ones the earlier row.

        Args:
            queries: (Q, D) of length 1.
            count: How many of each query.
            filters: What they must be.

        Raises:
            MissingFileError: There is no table.
        """
        held = self._read()
        found = nearest(queries, held.vectors, count, _passing(held, filters) if filters else None)
        return [
            [
                Hit(held.entries[place], similarity)
                for place, similarity in zip(one.places.tolist(), one.similarities.tolist(), strict=True)
            ]
            for one in found
        ]

    def entries(self, filters: Filters, most: int | None = None) -> list[Entry]:
        """Return the entries that pass, in the table's order.

        Args:
            filters: What they must be.
            most: How many at most, the first ones; all where it is left out.
        """
        if not self._path.exists():
            return []
        held = self._read()
        return [held.entries[place] for place in _passing(held, filters)[:most]]

    def known(self, ids: Sequence[str]) -> dict[str, Entry]:
        """Return those of these entries that are in the table."""
        if not self._path.exists():
            return {}
        held = self._read()
        return {id: held.entries[held.places[id]] for id in ids if id in held.places}

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the features of entries, of length 1."""
        held = self._read()
        return held.vectors[[held.places[id] for id in ids]]

    def delete(self, ids: Sequence[str]) -> None:
        """Write the table anew without these entries."""
        with locked(self._path):
            mark = self.mark()
            if mark is not None:
                write_rows(self._path, self._without(set(ids)), mark)

    def close(self) -> None:
        """Let go of what is held in memory."""
        self._held = None

    def _without(self, ids: set[str]) -> Iterator[Rows]:
        for rows in read_rows(self._path):
            yield _taken(rows, [place for place, entry in enumerate(rows.entries) if entry.id not in ids])

    def _read(self) -> "_Held":
        try:
            status = self._path.stat()
        except FileNotFoundError as error:
            raise MissingFileError(
                f"there is no gallery {self.uri}: make it with `ccreid embed IMAGES {self.uri}`"
            ) from error
        state = (status.st_mtime_ns, status.st_size, status.st_ino)
        if self._held is None or state != self._state:
            self._held, self._state = _hold(self._path), state
        return self._held


class _Held(NamedTuple):
    """A table in memory.

    Attributes:
        entries: Of its rows.
        vectors: (N, D) of length 1.
        places: The row of each id.
        moments: int64 (N,), when each was taken, or `UNKNOWN`.
    """

    entries: list[Entry]
    vectors: NDArray[np.float32]
    places: dict[str, int]
    moments: NDArray[np.int64]


def _hold(path: Path) -> _Held:
    vectors = np.empty((count_rows(path), read_mark(path).width), dtype=np.float32)
    entries: list[Entry] = []
    for rows in read_rows(path):
        vectors[len(entries) : len(entries) + len(rows.entries)] = unit_length(rows.vectors)
        entries += rows.entries
    moments = np.array([moment(entry.time) for entry in entries], dtype=np.int64)
    return _Held(entries, vectors, {entry.id: place for place, entry in enumerate(entries)}, moments)


def _passing(held: _Held, filters: Filters) -> NDArray[np.intp]:
    """Return the rows that pass, in order."""
    passing = np.ones(len(held.entries), dtype=np.bool_)
    if filters.since is not None or filters.until is not None:
        passing &= held.moments != UNKNOWN
        passing &= held.moments >= (UNKNOWN if filters.since is None else filters.since)
        passing &= held.moments <= (2**63 - 1 if filters.until is None else filters.until)
    allowed: list[tuple[tuple[str, ...], Callable[[Entry], str]]] = [
        (filters.cameras, lambda entry: entry.camera),
        (filters.identities, lambda entry: entry.identity),
        (filters.paths, lambda entry: entry.path),
    ]
    for names, of in allowed:
        if names:
            passing &= np.fromiter((of(entry) in names for entry in held.entries), np.bool_, len(held.entries))
    return np.flatnonzero(passing)


def _taken(rows: Rows, places: Sequence[int]) -> Rows:
    return Rows([rows.entries[place] for place in places], rows.vectors[np.array(places, dtype=np.intp)])
