"""The gallery of a folder of photos: a hidden table of features in it, brought up to date as it is searched."""

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ccreid.cache_folder import cache_folder
from ccreid.errors import BadValueError, MissingFileError
from ccreid.models.reid_model import ReIDModel
from ccreid.retrieval.embed_table import embed_table
from ccreid.retrieval.feature_mark import mark_of
from ccreid.retrieval.listing import as_items, list_images


def split_words(words: Sequence[Path], uri: str | None) -> tuple[list[Path], Path | None]:
    """Return the photos that are looked for and, where no gallery is named, the folder that is searched.

    Args:
        words: Of the command line.
        uri: The gallery, if one is named.

    Raises:
        BadValueError: There is no photo or nothing to search.
        MissingFileError: A photo is not there.
    """
    photos, folder = list(words), None
    if uri is None:
        folder = photos.pop()
        if not folder.is_dir():
            raise BadValueError(
                f"nothing is said of where to search, and {folder} is no folder: give a folder of photos as the last "
                "word, or --uri"
            )
        if not photos:
            raise BadValueError(f"nobody is said to look for in {folder}: give a photo before it")
    for photo in photos:
        if photo.is_dir():
            raise BadValueError(f"{photo} is a folder, expected a photo: give the photos in it one by one")
        if not photo.is_file():
            raise MissingFileError(f"there is no photo {photo}: check the path")
    return photos, folder


def folder_gallery(folder: Path, model: ReIDModel) -> Path:
    """Return the table of a folder's features, made or brought up to date; where it is, stands on stderr.

    It is in the folder, or in the user's cache folder where that one cannot be written to, such as on a disk that is
    mounted to be read.

    Args:
        folder: Of images, or a data set.
        model: What makes the features; each model has a table of its own.

    Raises:
        WriteError: Neither can be written to.
        ImageTreeError: There is no image in it.
    """
    table = _place(folder) / f".ccreid-{mark_of(model).model[:12]}.parquet"
    report = embed_table(as_items(list_images(folder), tracks=False), table, model, progress=True)
    for broken in report.broken:
        print(f"left out: {broken.reason}", file=sys.stderr)
    print(report, file=sys.stderr)
    return table


def _place(folder: Path) -> Path:
    """Return the folder of a searched folder's table."""
    if os.access(folder, os.W_OK) or (cache := cache_folder()) is None:
        return folder
    whole = folder.resolve()
    return cache / "searched" / f"{whole.name}-{hashlib.sha256(os.fsencode(whole)).hexdigest()[:12]}"
