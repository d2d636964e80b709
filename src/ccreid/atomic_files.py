"""Files that are whole or absent, whatever interrupts the writing, and that one process at a time changes."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock

_TEMPORARY: Final = ".ccreid-*.tmp"


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name, bring it to the disk and rename it; see `atomic_path`.

    Args:
        path: The file; folders above it are made.
        content: Text, written as UTF-8, or bytes.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary file to write to, which takes a file's place once the block is done.

    Others see all of the file or what was there before, also after a crash of the machine: the content is brought to
    the disk before the file is renamed, and the folder's entry after it. Two processes may write the same file at once:
    each has a temporary file to itself, and the last to rename wins. Where the block raises, nothing is left.

    Args:
        path: The file; folders above it are made.

    Yields:
        A path beside it that does not exist yet. It must be written and closed in the block.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(_TEMPORARY.replace("*", secrets.token_hex(6)))
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def remove_temporary_files(folder: Path) -> None:
    """Remove what `atomic_path` left anywhere under a folder when its process was killed."""
    for path in folder.rglob(_TEMPORARY):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time into the block for a file, so that what it reads there is what it replaces.

    Args:
        path: The file, which need not exist; folders above it are made, and a hidden lock file beside it, which stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        yield


def _sync(path: Path) -> None:
    """Bring a file, or a folder's entries where the system can do that, to the disk."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # Windows opens no folder
        return
    try:
        os.fsync(descriptor)
    except OSError:  # nor do some network file systems sync one
        if path.is_file():
            raise
    finally:
        os.close(descriptor)
