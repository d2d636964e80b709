"""How files are named where a check is shown: below the data set's folder, in characters that can be written."""

from pathlib import Path

from ccreid.datasets.table_file import TABLE_SUFFIXES


def shown_name(path: Path, root: Path) -> str:
    """Return a file's name below the root, or whole where it lies elsewhere.

    Args:
        path: The file.
        root: The data set's folder, or its table.
    """
    folder = root if root.suffix.lower() not in TABLE_SUFFIXES else root.parent
    return writable(path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path))


def writable(text: str) -> str:
    r"""Return text with what is no character, as names on disk may hold, as an escape sequence.

    >>> writable("caf\udce9.jpg")
    'caf\\udce9.jpg'
    """
    return text.encode("utf-8", "backslashreplace").decode()
