"""Tables of images on disk: their columns, and reading and writing them as CSV or Parquet."""

import csv
import difflib
import importlib
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ccreid.atomic_files import atomic_path, locked, remove_temporary_files_of, write_atomically
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import DataSetError, ImageRecord
from ccreid.errors import MissingExtraError

REQUIRED: Final = ("path", "identity")
OPTIONAL: Final = ("camera", "clothes", "split", "time", "track", "parts")
COLUMNS: Final = (*REQUIRED, *OPTIONAL)

TABLE_SUFFIXES: Final = frozenset({".csv", ".parquet"})

# How like a known column another may be called without being taken for a misspelling, 0..1.
_NEARLY: Final = 0.75


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV or Parquet file, by the columns' names, cells as text.

    A CSV file is UTF-8, with or without a byte-order mark, its cells parted by commas, semicolons or tabs.

    Raises:
        DataSetError: The file cannot be read, or its columns are missing, misspelt or named twice.
        MissingExtraError: It is a Parquet file and pyarrow is not installed.
    """
    header, rows = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    _check_header(path, header)
    for number, cells in enumerate(_whole(path, rows), start=2):
        if len(cells) > len(header):
            raise DataSetError(f"{path}: row {number} has {len(cells)} cells, expected {len(header)}: quote commas")
        yield dict(zip(header, cells, strict=False))


def _csv(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataSetError(f"{path} cannot be read ({error.strerror}): check the path and its permissions") from error
    except UnicodeDecodeError as error:
        raise DataSetError(f"{path} is not UTF-8 ({error.reason}): save it as CSV in UTF-8") from error
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    header = [cell.strip() for cell in next(_whole(path, rows), [])]
    return header, (row for row in rows if any(cell.strip() for cell in row))


def _whole(path: Path, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as error:  # such as a quotation mark that nothing closes, behind which all is one cell
        raise DataSetError(f"{path} is no whole CSV ({error}): look for a quotation mark that is not closed") from error


def _parquet(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    parquet = _pyarrow(path, "pyarrow.parquet")
    try:
        table = parquet.read_table(path)
        names = list(table.column_names)
        columns = [["" if value is None else str(value) for value in column.to_pylist()] for column in table.columns]
    except Exception as error:  # pyarrow's errors derive from several of Python's
        raise DataSetError(f"{path} cannot be read as Parquet ({error}): write it again") from error
    return names, (list(row) for row in zip(*columns, strict=True))


def _check_header(path: Path, header: Sequence[str]) -> None:
    faults = [f"no column {column}" for column in REQUIRED if column not in header]
    twice = [column for column, count in Counter(header).items() if count > 1]
    faults += [f"the column {column} twice" for column in twice]
    for column in header:
        meant = difflib.get_close_matches(column.lower(), COLUMNS, n=1, cutoff=_NEARLY)
        if column not in COLUMNS and meant:
            faults.append(f"a column {column!r}, did you mean {meant[0]!r}?")
    if faults:
        raise DataSetError(
            f"{path} has {', '.join(faults)}: expected the columns {', '.join(REQUIRED)} and, "
            f"if known, {', '.join(OPTIONAL)}"
        )


def write_table(path: Path, data: PeopleDataSet) -> int:
    """Write a data set's training and test images as a table, and return how many they are.

    Images that are query and gallery in the data set's settings have the split `test`; columns of which nothing is
    known are left out, and so are the images of `without_text`. Paths are relative to the table's folder where the
    images are below it, and absolute elsewhere.

    Args:
        path: The file: CSV, or Parquet where it ends in .parquet; folders above it are made.
        data: Opened with the part maps that are to be in it.

    Raises:
        WriteError: The file cannot be written.
        MissingExtraError: It is to be a Parquet file and pyarrow is not installed.
    """
    with locked(path):
        remove_temporary_files_of(path)
        return _write_table(path, data)


def _write_table(path: Path, data: PeopleDataSet) -> int:
    rows = [_cells(path, record, split) for record, split in _splits(data) if _is_text(record)]
    known = [column for column in COLUMNS if column in REQUIRED or any(row[column] for row in rows)]
    if path.suffix.lower() == ".parquet":
        parquet, arrow = _pyarrow(path, "pyarrow.parquet"), _pyarrow(path, "pyarrow")
        table = arrow.table({column: [row[column] or None for row in rows] for column in known})
        with atomic_path(path) as temporary:
            parquet.write_table(table, temporary)
        return len(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, known, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, text.getvalue())
    return len(rows)


def without_text(data: PeopleDataSet) -> list[ImageRecord]:
    """Return the images that `write_table` leaves out: the names of their files are no text, which a table holds."""
    return [record for record, _ in _splits(data) if not _is_text(record)]


def _is_text(record: ImageRecord) -> bool:
    try:
        f"{record.image}{record.parts}{record.who}{record.clothes}".encode()
    except UnicodeEncodeError:
        return False
    return True


def _splits(data: PeopleDataSet) -> Iterator[tuple[ImageRecord, str]]:
    queries = {record.image for setting in data.settings for record in setting.query}
    galleries = {record.image for setting in data.settings for record in setting.gallery}
    for record in data.train:
        yield record, "train"
    for record in data.test_records():
        asked, searched = record.image in queries, record.image in galleries
        yield record, "test" if asked and searched else "query" if asked else "gallery"


def _cells(table: Path, record: ImageRecord, split: str) -> Mapping[str, str]:
    values = {
        "path": _named(table, record.image),
        "identity": record.who,
        "camera": record.camera,
        "clothes": record.clothes,
        "split": split,
        "time": record.time,
        "track": record.track,
        "parts": None if record.parts is None else _named(table, record.parts),
    }
    return {column: "" if value is None else str(value) for column, value in values.items()}


def _named(table: Path, file: Path) -> str:
    folder, whole = table.parent.absolute(), file.absolute()
    return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else str(whole)


def _pyarrow(path: Path, module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(f"{path} is a Parquet file: pip install 'ccreid[parquet]', or use a CSV") from error
