"""Whether a file is the photo that an entry of a gallery is of, which is asked before it is shown to anybody."""

import hashlib
from pathlib import Path

from ccreid.retrieval.entry import Entry


def is_own_photo(entry: Entry, data: bytes, gallery: str) -> bool:
    """Tell whether a file's bytes are those that the entry's feature was made of.

    A gallery that somebody else made may name any file of this machine. Its maker cannot know the digest of a file that
    they never had, and so cannot have it shown to those who look at the gallery. An entry of a track bears no digest of
    a single file: of these, the files below the folder that the gallery lies in are its own.

    Args:
        entry: What names the file.
        data: The file's content.
        gallery: Its path, or a server's address.

    Example:
        >>> from hashlib import sha256
        >>> entry = Entry(sha256(b"a photo").hexdigest(), "/photos/a.jpg")
        >>> is_own_photo(entry, b"a photo", "people.parquet"), is_own_photo(entry, b"a letter", "people.parquet")
        (True, False)
    """
    if hashlib.sha256(data).hexdigest() == entry.id:
        return True
    folder = Path(gallery).resolve().parent
    return bool(entry.track) and "://" not in gallery and Path(entry.path).resolve().is_relative_to(folder)
