"""Tracks: the images of one person on one way past one camera, where these are looked for and found as one."""

from collections.abc import Iterator, Sequence
from typing import Literal

from ccreid.datasets.record import DataSetError, ImageRecord

Unit = Literal["images", "tracks"]
"""What a query and an item of the gallery is."""

Item = tuple[ImageRecord, ...]
"""The images of one query or item of the gallery: of one track, in the data set's order, or a single one."""


def unit_of(records: Sequence[ImageRecord]) -> Unit:
    """Return what is looked for among images: tracks where all of them say which they are of, else images."""
    return "tracks" if all(record.track is not None for record in records) else "images"


def by_track(records: Sequence[ImageRecord]) -> list[Item]:
    """Return the images of each track, in the order in which the tracks and images come.

    Raises:
        DataSetError: A track is of two people, cameras or outfits.

    Example:
        >>> from pathlib import Path
        >>> frames = [ImageRecord(Path(name), None, 1, "A", 1, 0, track=name[0]) for name in ("a1", "b1", "a2")]
        >>> [[str(frame.image) for frame in track] for track in by_track(frames)]
        [['a1', 'a2'], ['b1']]
    """
    for one, other, why in clashes(records):
        raise DataSetError(
            f"{records[one].image} and {records[other].image} cannot be one track: {why}; give each track its own name"
        )
    tracks: dict[str | None, list[ImageRecord]] = {}
    for record in records:
        tracks.setdefault(record.track, []).append(record)
    return [tuple(images) for images in tracks.values()]


def middle_image(item: Item) -> ImageRecord:
    """Return the image that stands for a track where one is shown or named: that in the middle of its order."""
    return item[len(item) // 2]


def clashes(records: Sequence[ImageRecord]) -> Iterator[tuple[int, int, str]]:
    """Yield the places of two images whose track is the same and whose person, camera or outfit is not, and why.

    Each track and kind of difference comes once; what is not known of an image differs from nothing.
    """
    first: dict[tuple[str, str], tuple[int | str, int]] = {}
    named: set[tuple[str, str]] = set()
    for place, record in enumerate(records):
        if record.track is None:
            continue
        for what, value in (("identities", record.who), ("cameras", record.camera), ("outfits", record.clothes)):
            key = record.track, what
            if value is None or value == "" or key in named:
                continue
            known, where = first.setdefault(key, (value, place))
            if known != value:
                named.add(key)
                yield where, place, f"the track {record.track!r} has two {what}, {known!r} and {value!r}"
