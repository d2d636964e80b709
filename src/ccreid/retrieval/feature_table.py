"""Features of many images as one Parquet file: written and read in pieces, with the model's mark in its schema."""

import contextlib
import importlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ccreid.atomic_files import atomic_path
from ccreid.errors import CcreidError, MissingExtraError, MissingFileError, first_line
from ccreid.retrieval.entry import Entry, Rows
from ccreid.retrieval.feature_mark import FeatureMark

COLUMNS: Final = tuple(field.name for field in fields(Entry))
"""The columns beside `vector`."""

ROW_GROUP: Final = 8192
"""Rows in a row group: 8 MB of float16 features of 512 numbers."""


class FeatureTableError(CcreidError, ValueError):
    """A file is no table of features; the message names it and what to do."""


def read_mark(path: Path) -> FeatureMark:
    """Return which model a table's features are of.

    Raises:
        MissingFileError: There is no such file.
        FeatureTableError: It is no Parquet file.
        FeatureMarkError: It is another table.
        MissingExtraError: pyarrow is not installed.
    """
    with _opened(path) as file:
        found: Mapping[bytes, bytes] = file.schema_arrow.metadata or {}
    return FeatureMark.from_tree(
        {key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in found.items()}, str(path)
    )


def count_rows(path: Path) -> int:
    """Return how many features a table has; errors are those of `read_mark`."""
    with _opened(path) as file:
        return int(file.metadata.num_rows)


def read_rows(path: Path, rows: int = ROW_GROUP) -> Iterator[Rows]:
    """Yield a table's features in pieces, as precise as they are stored; errors are those of `read_mark`.

    Args:
        path: The table.
        rows: In a piece, at most.
    """
    width = read_mark(path).width
    with _opened(path) as file, _faults_named(path):
        for batch in file.iter_batches(rows):
            vectors = batch.column("vector").flatten().to_numpy(zero_copy_only=False).reshape(len(batch), width)
            entries = _entries(path, batch)
            broken = ~np.isfinite(vectors).all(axis=1)
            if broken.any():
                raise FeatureTableError(
                    f"{path} has features of no numbers, {int(broken.sum())} in {len(batch)} rows, such as that of "
                    f"{entries[int(broken.argmax())].path}: remove the table and embed the images again"
                )
            yield Rows(entries, vectors)


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield what a table says of its images, without the features; errors are those of `read_mark`."""
    read_mark(path)
    with _opened(path) as file, _faults_named(path):
        for batch in file.iter_batches(ROW_GROUP, columns=list(COLUMNS)):
            yield from _entries(path, batch)


def write_rows(path: Path, pieces: Iterable[Rows], mark: FeatureMark, place: Path | None = None) -> int:
    """Write a table under a temporary name first, in row groups of one size, and return how many rows it has.

    Paths are relative to the table's folder where the images are below it, and absolute elsewhere; what is not known
    is null.

    Args:
        path: The file; folders above it are made.
        pieces: What is to be in it; one is held at a time.
        mark: Of the features.
        place: Where the table is to lie once it is moved; where it is written, if that is left out.

    Raises:
        WriteError: The file cannot be written.
        MissingExtraError: pyarrow is not installed.
    """
    arrow, parquet = (pyarrow(module) for module in ("pyarrow", "pyarrow.parquet"))
    kind = arrow.float16() if mark.precision == "float16" else arrow.float32()
    schema = arrow.schema(
        [*((name, arrow.string()) for name in COLUMNS), ("vector", arrow.list_(kind, mark.width))],
        metadata=mark.tree(),
    )
    count = 0
    with atomic_path(path) as temporary, parquet.ParquetWriter(temporary, schema) as writer:
        for rows in _regrouped(pieces):
            columns = [
                [value or None for value in column] for column in zip(*_cells(place or path, rows.entries), strict=True)
            ]
            flat = arrow.array(rows.vectors.astype(mark.precision).ravel(), kind)
            vectors = arrow.FixedSizeListArray.from_arrays(flat, mark.width)
            arrays = [*(arrow.array(column, arrow.string()) for column in columns), vectors]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema), row_group_size=ROW_GROUP)
            count += len(rows.entries)
    return count


def pyarrow(module: str) -> Any:
    """Return one of pyarrow's modules.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError("features are kept in Parquet files: pip install 'ccreid[parquet]'") from error


def _opened(path: Path) -> Any:
    parquet = pyarrow("pyarrow.parquet")
    if not path.is_file():
        what = "is a folder, expected a table of features" if path.is_dir() else "does not exist"
        raise MissingFileError(f"{path} {what}: give the file that `ccreid embed IMAGES OUT.parquet` wrote")
    try:
        return parquet.ParquetFile(path)
    except Exception as error:  # pyarrow's errors derive from several of Python's
        raise FeatureTableError(
            f"{path} is no table of features ({first_line(error)}): give the file that `ccreid embed` wrote"
        ) from error


@contextlib.contextmanager
def _faults_named(path: Path) -> Iterator[None]:
    """Turn what pyarrow raises on rows that are damaged, or not as `write_rows` makes them, into one error."""
    try:
        yield
    except CcreidError:
        raise
    except Exception as error:  # pyarrow's errors derive from several of Python's
        raise FeatureTableError(
            f"{path} has rows that are not those of a table of features ({first_line(error)}): embed the images again"
        ) from error


def _entries(table: Path, batch: Any) -> list[Entry]:
    folder = table.parent.absolute()
    columns = [batch.column(name).cast("string").to_pylist() for name in COLUMNS]
    return [
        Entry(id, os.path.join(folder, path), *(value or "" for value in others))  # noqa: PTH118 (a Path each takes seconds)
        for id, path, *others in zip(*columns, strict=True)
    ]


def _cells(table: Path, entries: list[Entry]) -> list[tuple[str, ...]]:
    folder = f"{table.parent.absolute()}/"
    return [tuple({**asdict(entry), "path": entry.path.removeprefix(folder)}.values()) for entry in entries]


def _regrouped(pieces: Iterable[Rows]) -> Iterator[Rows]:
    """Yield the same rows in pieces of `ROW_GROUP`."""
    entries: list[Entry] = []
    vectors: list[NDArray[np.floating]] = []
    for piece in pieces:
        entries += piece.entries
        vectors.append(piece.vectors)
        while len(entries) >= ROW_GROUP:
            joined = np.concatenate(vectors)
            yield Rows(entries[:ROW_GROUP], joined[:ROW_GROUP])
            entries, vectors = entries[ROW_GROUP:], [joined[ROW_GROUP:]]
    if entries:
        yield Rows(entries, np.concatenate(vectors))
