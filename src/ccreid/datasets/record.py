"""One image of a data set, the words that say which images are meant, and what is raised where they are not there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self, TypeVar

from ccreid.errors import CcreidError


class DataSetError(CcreidError, ValueError):
    """A data set does not hold what it should; the message says what was looked for, and where."""


class MissingFolderError(DataSetError, FileNotFoundError):
    """A folder of the data set is not there."""


Modality = Literal["rgb", "sketch"]
"""Also the name of the folder that holds the images of this kind, in PRCC's layout."""


PartsMode = Literal["required", "where_there", "none"]
"""Which part maps are looked for when a data set is opened.

"required" leaves out training images without a part map and lists them, and is an error where no training image has
one; test images need none. "where_there" gives each image its part map where there is one and leaves none out. "none"
looks for no part maps at all.
"""


DataSetName = Literal[
    "auto", "prcc", "ltcc", "vc_clothes", "celeb_reid", "deepchange", "last", "market1501", "ccvid", "table", "people"
]


TEST_SHARE: Final = 0.3
"""Share of the identities that are test people where nobody says another."""


@dataclass(frozen=True)
class ImageRecord:
    """Where an image is and what is known of it.

    Attributes:
        image: The image file.
        parts: Its part map, a palette PNG or a soft mask (.npy); None where there is none.
        identity: The person's number in the data set.
        camera: The camera's name as the data set writes it, such as "A"; empty where it does not say.
        clothes: Number or name of the outfit, unique within the identity; None where the data set does not say.
        frame: The image's number in its sequence.
        sequence: The walk past one camera that the image is from; None where the data set does not say.
        person: The person's name, in data sets that have names for numbers; empty elsewhere.
        time: When it was taken, as the data set writes it; None where it does not say.
        track: The name of the track that it is of, where a person's track and not an image is looked for; None
            elsewhere.
    """

    image: Path
    parts: Path | None
    identity: int
    camera: str
    clothes: int | str | None
    frame: int
    sequence: str | None = None
    person: str = ""
    time: str | None = None
    track: str | None = None

    @classmethod
    def of_file(cls, image: Path) -> Self:
        """Return the record of a file of which nothing is known."""
        return cls(image, None, 0, "", None, 0)

    @property
    def who(self) -> str:
        """The person's name, or number where there is no name."""
        return self.person or str(self.identity)


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why.

    Attributes:
        path: The file.
        reason: In a few words.
        meant: Whether the data set's own protocol leaves it out.
    """

    path: Path
    reason: str
    meant: bool = False


# Faults that an error names; of more it says how many.
_NAMED: Final = 10


def refuse_faults(where: Path, faults: Sequence[str]) -> None:
    """Refuse a data set with faults; nothing happens where there are none.

    Args:
        where: The folder or table that has them.
        faults: What is wrong, each in a few words.

    Raises:
        DataSetError: There are some; it names the first ten.
    """
    if faults:
        more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        raise DataSetError(f"{where} cannot be used: {'; '.join(faults[:_NAMED])}{more}")


Item = TypeVar("Item")


def spread_evenly(items: Sequence[Item], count: int) -> list[Item]:
    """Return items spread evenly over their order.

    Args:
        items: What to choose from.
        count: How many; all if there are no more.

    Example:
        >>> spread_evenly("abcdefghi", 3)
        ['b', 'e', 'h']
    """
    count = min(count, len(items))
    return [items[math.floor((index + 0.5) * len(items) / count)] for index in range(count)]
