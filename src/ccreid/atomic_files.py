"""Files that are whole or absent, whatever interrupts the writing, and that one process at a time changes."""

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from ccreid.errors import CcreidError

_TEMPORARY: Final = ".ccreid-*.tmp"
_OF_A_FILE: Final = 10  # digits that tell the temporary files of one file from those of another
_POLL: Final = 0.01  # seconds between two looks at a lock that another process has


class WriteError(CcreidError, OSError):
    """A file cannot be written, such as in a read-only folder or on a full disk; the message names the file."""


class InUseError(CcreidError, OSError):
    """Another process is changing a file; the message names it."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name, bring it to the disk and rename it; see `atomic_path`.

    Args:
        path: The file; folders above it are made.
        content: Text, written as UTF-8, or bytes.

    Raises:
        WriteError: The file cannot be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def write_all_atomically(contents: Mapping[Path, bytes]) -> None:
    """Write many files, each of them whole or absent as of `atomic_path`, and bring all to the disk at once.

    To sync files one by one waits for the disk twice a file, which is longer than it takes to draw a small picture.

    Args:
        contents: What each file is to hold, in the order in which they appear; folders above them are made.

    Raises:
        WriteError: A file cannot be written; those before it may be there.
    """
    temporaries: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            with _named(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                temporaries[path] = _temporary(path, secrets.token_hex(6))
                temporaries[path].write_bytes(content)
        _sync_files(list(temporaries.values()))
        for path, temporary in temporaries.items():
            with _named(path):
                temporary.replace(path)
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)
    for folder in {path.parent for path in contents}:
        _sync_folder(folder)


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

    Raises:
        WriteError: The file cannot be written. Any OSError of the block counts as that, unless it is a CcreidError.
    """
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(path, secrets.token_hex(6))
        try:
            yield temporary
            with temporary.open("r+b") as file:  # Windows brings only what is open for writing to the disk
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def move_whole(source: Path, path: Path) -> None:
    """Let a file that is whole and on the disk take another's place, on the same disk, and bring that to the disk.

    Args:
        source: What `atomic_path` or its like wrote.
        path: Where it is to be.

    Raises:
        WriteError: It cannot be moved.
    """
    with _named(path):
        source.replace(path)
    _sync_folder(path.parent)


def check_writable(path: Path) -> None:
    """Refuse a file that could not be written, before the work whose result it is to hold; nothing is left there.

    Args:
        path: The file; folders above it need not exist.

    Raises:
        WriteError: It cannot be written.
    """
    with _named(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        folder = next(folder for folder in path.absolute().parents if folder.exists())
        temporary = folder / _TEMPORARY.replace("*", secrets.token_hex(6))
        temporary.touch()
        temporary.unlink()


def remove_temporary_files(folder: Path) -> None:
    """Remove what `atomic_path` left anywhere under a folder when its process was killed."""
    for path in folder.rglob(_TEMPORARY):
        path.unlink(missing_ok=True)


def remove_temporary_files_of(path: Path) -> None:
    """Remove what `atomic_path` left beside a file when its process was killed; only who has `locked` it may."""
    for temporary in path.parent.glob(_temporary(path, "*").name):
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Let one process at a time into the block for a file, so that what it reads there is what it replaces.

    The system takes the lock from a process that ends in any way.

    Args:
        path: The file, which need not exist; folders above it are made, and a hidden lock file beside it, which stays.
        wait: Wait for the process that is in the block now, rather than raise.

    Raises:
        InUseError: Another process is in the block and `wait` is not set.
        WriteError: The lock file cannot be made.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=wait, poll_interval=_POLL)
        except Timeout as error:
            raise InUseError(f"{path} is in use by another process: wait until it is done") from error
    try:
        yield
    finally:
        lock.release()


def _temporary(path: Path, word: str) -> Path:
    """Return a name beside a file; short, since a file's name may be as long as the system allows."""
    digits = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:_OF_A_FILE]
    return path.with_name(_TEMPORARY.replace("*", f"{digits}-{word}"))


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let the system's errors name the file that was meant, not a temporary one, and say what to do."""
    try:
        yield
    except OSError as error:
        if isinstance(error, CcreidError):
            raise
        raise WriteError(
            f"{path} cannot be written ({error.strerror or error}): make room on its disk, or choose a folder that you "
            "may write to"
        ) from error


def _sync_files(paths: list[Path]) -> None:
    if hasattr(os, "sync"):
        os.sync()
        return
    for path in paths:  # Windows
        with path.open("r+b") as file:
            os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk, where the system can: Windows opens no folder, some networks sync none."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
