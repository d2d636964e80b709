"""The word that a user probably meant, for error messages."""

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "did you mean X?" for the known word nearest to `word`, or all known words where none is near.

    >>> nearest("resnet5", ["resnet50", "vgg16"])
    "did you mean 'resnet50'?"
    """
    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
