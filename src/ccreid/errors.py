"""What all errors that are a user's have in common, and the words that their one sentence is made of."""

import contextlib
import difflib
import errno
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_REFUSALS: Final = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EEXIST,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.ENAMETOOLONG,
    errno.ELOOP,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
}
"""Errors of the system that say something of the user's files and disk, and nothing of the program."""

_FEW: Final = 4


class CcreidError(Exception):
    """Something that the caller gave cannot be used; the message names it, what was expected and what to do.

    Every error that ccreid raises on purpose is one, and also the built-in error that fits it best: `except
    CcreidError` catches them all, `except ValueError` those of bad values. Anything else that is raised is a bug.
    """


class BadValueError(CcreidError, ValueError):
    """An argument or a setting is out of its range, or contradicts another."""


class MissingFileError(CcreidError, FileNotFoundError):
    """A file or a folder that was named is not there."""


class MissingExtraError(CcreidError, ImportError):
    """A package that an extra of ccreid brings is not installed; the message has the pip command."""


class FileAccessError(CcreidError, OSError):
    """The system refuses a file or a folder: permission, one in the place of the other, or a full disk."""


@contextlib.contextmanager
def refusals_explained() -> Iterator[None]:
    """Raise `FileAccessError` where the system refuses a file that is read or written in the block.

    >>> from pathlib import Path
    >>> with refusals_explained():
    ...     Path("/").write_text("")
    Traceback (most recent call last):
    ...
    ccreid.errors.FileAccessError: / cannot be used: Is a directory; check the path, its permissions and the disk
    """
    try:
        yield
    except CcreidError:
        raise
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        what = error.filename or "a file"
        message = f"{what} cannot be used: {error.strerror}; check the path, its permissions and the disk"
        raise FileAccessError(message) from error


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "did you mean X?" for the known word nearest to `word`, or all known words where none is near.

    >>> nearest("resnet5", ["resnet50", "vgg16"])
    "did you mean 'resnet50'?"

    Args:
        word: What was given.
        known: What could have been given.
    """
    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"


def first_line(error: Exception) -> str:
    r"""Return the first line of what another package says in many, or the error's type where it says nothing.

    >>> first_line(ValueError("no such key\nin a file of the year 2019"))
    'no such key'
    """
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def first_few(things: Sequence[object]) -> str:
    """Return the first four of some things in a line, and whether there are more.

    >>> first_few(range(6))
    '0, 1, 2, 3, ...'
    """
    return ", ".join(map(str, things[:_FEW])) + (", ..." if len(things) > _FEW else "")
