"""A fingerprint of a data set on disk, so that a result can be traced to its data."""

import hashlib
import os
from pathlib import Path

from ccreid.datasets.wardrobe.truth_file import TRUTH_FILE


def data_fingerprint(root: Path) -> str:
    """Return a SHA-256, 64 hexadecimal digits, of what files a data set has.

    Every file's path relative to the root and its size enter, in sorted order, and the content of `wardrobe.json` in
    the root if there is one. Contents of images do not: that would read gigabytes. Hidden files and folders do not
    either, nor does the root's own name or place.

    Args:
        root: Folder of the data set.

    Raises:
        FileNotFoundError: The folder does not exist or holds no file.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"{root} is not a folder: give the folder of the data set")
    sizes = dict(_file_sizes(root))
    if not sizes:
        raise FileNotFoundError(f"{root} holds no files: give the folder of the data set")
    digest = hashlib.sha256()
    for path in sorted(sizes):
        digest.update(f"{path}\0{sizes[path]}\n".encode())
    if TRUTH_FILE in sizes:
        digest.update((root / TRUTH_FILE).read_bytes())
    return digest.hexdigest()


def _file_sizes(root: Path) -> list[tuple[str, int]]:
    found = []
    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                path = Path(folder, name)
                found.append((path.relative_to(root).as_posix(), path.stat().st_size))
    return found
