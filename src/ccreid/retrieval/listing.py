"""The images of any folder, or of a data set, with what its layout says of them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ccreid.datasets.decoding import IMAGE_SUFFIXES
from ccreid.datasets.image_tree import check_folders, find_files, find_images
from ccreid.datasets.left_out import say_left_out, say_passed_over
from ccreid.datasets.open_data import open_data_set, recognise
from ccreid.datasets.people import People
from ccreid.datasets.record import DataSetError, ImageRecord, MissingFolderError
from ccreid.datasets.table_file import TABLE_SUFFIXES
from ccreid.datasets.tracks import Item, by_track, unit_of
from ccreid.errors import BadValueError

_PARTS: Final = "parts"  # where part maps lie, which are PNGs as well


def list_images(root: Path, dataset: str = "auto") -> list[ImageRecord]:
    """Return the images to make features of; what is passed over or left out is said on stderr.

    Of a published data set's layout and of a table these are the data set's own, of training and test. Of any other
    folder they are all images below it, however deep; where it has a folder for each person, with that person's name.

    Args:
        root: A folder, or a table of images.
        dataset: Name of the data set, or "auto" for the one whose layout it has, if any.

    Raises:
        ImageTreeError: There is no such folder, or no image in it.
        DataSetError: The data set does not hold what it should.
    """
    if root.is_file() and root.suffix.lower() not in TABLE_SUFFIXES:
        raise BadValueError(f"{root} is a file, expected a folder of images or a table of them: give the folder")
    name = _layout(root) if dataset == "auto" else dataset
    if name not in {"", People.name}:
        return say_left_out(open_data_set(root, name, "none")).records()
    check_folders(root, [])
    say_passed_over(root, IMAGE_SUFFIXES)
    found = [root / inside for inside in find_files(root, IMAGE_SUFFIXES, without={_PARTS})]
    if (root / _PARTS).is_dir() and found:
        print(f"passed over {root / _PARTS}, where part maps lie", file=sys.stderr)
    named = _named(root) if name else {}
    return [named.get(path) or ImageRecord.of_file(path) for path in found or find_images(root)]


def as_items(records: Sequence[ImageRecord], tracks: bool) -> list[Item]:
    """Return what is to have a feature: the images, or their tracks.

    Args:
        records: The images.
        tracks: Whether a track has one feature.

    Raises:
        BadValueError: Tracks are asked for, and not all images say theirs.
        DataSetError: A track is of two people, cameras or outfits.
    """
    if not tracks:
        return [(record,) for record in records]
    if unit_of(records) != "tracks":
        raise BadValueError(
            "not all of these images say which track they are of: leave --tracks out, or list them in a table"
        )
    return by_track(records)


def _layout(root: Path) -> str:
    try:
        return recognise(root)
    except MissingFolderError:
        return ""


def _named(root: Path) -> dict[Path, ImageRecord]:
    try:
        return {record.image: record for record in People(root, "none").records()}
    except DataSetError:  # such as a single folder of photos
        return {}
