"""A fault of a data set, or something to know of it: how grave it is, which files it is about, and what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Gravity(StrEnum):
    """How grave a finding is, the gravest first."""

    STOPS = "stops"
    """Training or evaluation fails."""

    DOUBTFUL = "doubtful"
    """Both run, and what they give may be worth little."""

    TO_KNOW = "to know"
    """It may well be meant."""


@dataclass(frozen=True)
class Item:
    """Files that belong together, such as two copies of one image, and what is to be said of them.

    Attributes:
        files: At least one, or none where a person is meant who has no images.
        note: Such as their size or who is on them; may be empty.
    """

    files: Sequence[Path]
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """One kind of fault, with all that have it.

    Attributes:
        kind: A word for programs, such as "broken".
        gravity: How grave it is.
        what: A sentence with the count, without a full stop.
        advice: What to do.
        items: All that have the fault; none where the sentence says everything.
    """

    kind: str
    gravity: Gravity
    what: str
    advice: str
    items: Sequence[Item] = ()

    @property
    def files(self) -> list[Path]:
        """All files of all items."""
        return [file for item in self.items for file in item.files]


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "image"), counted(12936, "image"), counted(2, "person", "people")
    ('1 image', '12,936 images', '2 people')

    Args:
        number: How many.
        one: The noun.
        many: Its plural, where it is not made by an s.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order of their gravity; those of one gravity stay in their order."""
    order = list(Gravity)
    return sorted(findings, key=lambda finding: order.index(finding.gravity))
