"""What all errors that are a user's have in common, and the word that a user probably meant."""

import difflib
from collections.abc import Iterable


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
