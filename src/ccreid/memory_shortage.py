"""Tells a want of memory from other errors, whoever runs into it, and says what to do about it."""

import contextlib
import errno
from collections.abc import Callable, Iterator
from typing import Final, Literal

from ccreid.errors import CcreidError

Place = Literal["gpu", "readers", "machine"]
"""Where memory does not suffice: on a GPU, in processes that read images for this one, or in the machine."""

# How those who read images in processes of their own end: a process that the system kills for memory, or that finds no
# room in shared memory, can say nothing itself.
_OF_READERS: Final = (
    "killed by signal: killed",
    "killed by signal: bus error",
    "out of shared memory",
    "shared memory object",
)
_WORDS: Final = ("out of memory", "can't allocate memory", "cannot allocate memory", *_OF_READERS)

# So much of the cause is repeated.
_LONGEST: Final = 160


class MemoryShortageError(CcreidError, MemoryError):
    """The memory of the machine or of the GPU does not suffice; the message says what to change."""


def place_of_shortage(error: BaseException) -> Place | None:
    """Tell where memory does not suffice, or None where an error says something else.

    >>> place_of_shortage(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    'gpu'
    >>> place_of_shortage(MemoryError()), place_of_shortage(RuntimeError("shapes differ"))
    ('machine', None)
    """
    text = str(error).lower()
    if isinstance(error, RuntimeError) and any(words in text for words in _WORDS):
        if any(words in text for words in _OF_READERS):
            return "readers"
        return "gpu" if "cuda" in text or "mps" in text or "hip" in text else "machine"
    known = isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
    return "machine" if known else None


@contextlib.contextmanager
def shortage_explained(advice: Callable[[Place], str]) -> Iterator[None]:
    """Raise `MemoryShortageError` where memory does not suffice in the block.

    Args:
        advice: Says what to change.
    """
    try:
        yield
    except CcreidError:
        raise
    except (RuntimeError, MemoryError, OSError) as error:
        place = place_of_shortage(error)
        if place is None:
            raise
        raise MemoryShortageError(f"the memory does not suffice ({_cause(error)}): {advice(place)}") from error


def _cause(error: BaseException) -> str:
    """Return the error's own words in a line; of a process that reads images, the last of its trace."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    line = lines[-1] if lines[0].startswith("Caught ") else lines[0]
    return line.rstrip(".") if len(line) <= _LONGEST else line[:_LONGEST].rstrip() + "..."
