"""What is searched: an image or a track of images with what is known of it, and its feature."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Entry:
    """An image or a track in a gallery; what is not known of it is "".

    Attributes:
        id: SHA-256 of the image file's bytes, 64 hexadecimal digits; of a track that of its images' digests in order.
        path: The image's absolute path, of a track that of its middle image.
        identity: Who is on it.
        camera: The camera's name.
        time: When it was taken, as the data set writes it; see `ccreid.retrieval.filters.moment`.
        track: The track's name.
        clothes: The outfit's name.
    """

    id: str
    path: str
    identity: str = ""
    camera: str = ""
    time: str = ""
    track: str = ""
    clothes: str = ""


class Rows(NamedTuple):
    """Entries with their features.

    Attributes:
        entries: N of them.
        vectors: float16 or float32 (N, D), of length 1 but for rounding.
    """

    entries: list[Entry]
    vectors: NDArray[np.floating]


class Hit(NamedTuple):
    """An entry that was found.

    Attributes:
        entry: What was found.
        similarity: Cosine similarity to the query, -1..1.
    """

    entry: Entry
    similarity: float


def unit_length(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return vectors (N, D) as float32 of length 1, such as those that were rounded to 16 bits; zero stays zero."""
    exact = vectors.astype(np.float32)
    lengths = np.linalg.norm(exact, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    exact /= lengths
    return exact
