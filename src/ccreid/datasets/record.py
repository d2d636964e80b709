"""One image of a data set, and one file that was left out."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ImageRecord:
    """Where an image is and what is known of it.

    Attributes:
        image: The image file.
        parts: Its part map, a palette PNG or a soft mask (.npy); None where there is none.
        identity: The person's number in the data set.
        camera: The camera's name as the data set writes it, such as "A"; empty where it does not say.
        clothes: Number of the outfit, unique within the identity; None where the data set does not say.
        frame: The image's number in its sequence.
        sequence: The walk past one camera that the image is from; None where the data set does not say.
    """

    image: Path
    parts: Path | None
    identity: int
    camera: str
    clothes: int | None
    frame: int
    sequence: str | None = None


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    path: Path
    reason: str
