"""A table of images: anyone's photos, listed with who is on them and what else is known of them."""

import functools
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import TEST_SHARE, DataSetError, ImageRecord, MissingFolderError, PartsMode, refuse_faults
from ccreid.datasets.retrieval_setting import RetrievalSetting, View
from ccreid.datasets.split import choose_test_people
from ccreid.datasets.table_file import COLUMNS, REQUIRED, TABLE_SUFFIXES, read_table
from ccreid.datasets.tracks import clashes

TABLE_FILES: Final = ("images.csv", "images.parquet")
"""Names of a table in a data set's folder; a table of any name is read where its path is given."""

SPLITS: Final = ("train", "query", "gallery", "test")


class Table(PeopleDataSet):
    """Images listed in a table, one row each, in a CSV file with a header or a Parquet file.

    Columns::

        path       the image; relative paths begin at the table's folder
        identity   who is on it: any text or number
        camera     the camera's name, if it is known
        clothes    the outfit's name, unique within the person, if it is known
        split      train, query or gallery; test is both query and gallery
        time       when it was taken, as text
        track      the name of the track that it is of, as text
        parts      its part map, a palette PNG or a soft mask (.npy)

    `path` and `identity` must be there. Empty cells say nothing; other columns are passed over, unless their name is
    nearly one of these. Without `split`, the identities are divided into training and test people, the same on every
    machine, and each test image searches all others.

    Settings follow from what is known of all test images: `standard` always and, where their clothes are known, `cross`
    before it, which drops matches in the query's outfit, and `same`, which drops those in other outfits; see
    `known_settings`. Where their cameras are known, matches from the query's camera are dropped; where they are not,
    the image itself is the only one that is. Where all test images say which track they are of, tracks are looked for
    among tracks, in place of images among images: each by the mean of its images' features, see
    `ReIDModel.embed_tracks`. Each track has a name of its own in the whole table, one identity and, as far as they are
    known, one camera and one outfit; training is on images whatever tracks they are of.

    Args:
        root: The table's file, or its folder.
        parts: Which part maps are taken; see `PartsMode`.
        test_share: Share of the identities that are test people where the table does not say.

    Raises:
        MissingFolderError: There is no such file, or no table in the folder.
        DataSetError: Columns are missing or misspelt, cells hold what they must not, paths are named twice or are not
            there, a track is of two people, cameras or outfits; one error lists them all. Or part maps are required and
            no training image has one.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as root:
        ...     for name in ("a", "b", "c", "d"):
        ...         Path(root, f"{name}.jpg").touch()
        ...     rows = ["path,identity,clothes", "a.jpg,Ann,red", "b.jpg,Ann,blue", "c.jpg,Bo,red", "d.jpg,Bo,grey"]
        ...     with Path(root, "images.csv").open("w") as file:
        ...         print(*rows, sep=chr(10), file=file)
        ...     data = Table(root, "none", test_share=0.5)
        >>> [setting.name for setting in data.settings], len(data.train), len(data.query)
        (['cross', 'standard'], 2, 2)
    """

    name = "table"
    title = "a table of images"
    folders = ()

    def __init__(self, root: str | Path, parts: PartsMode = "required", test_share: float = TEST_SHARE) -> None:
        self.table = table_of(Path(root))
        super().__init__(root, parts, test_share)

    @classmethod
    def recognises(cls, root: Path) -> bool:
        """Whether a path is a table, or a folder has one."""
        if root.is_file():
            return root.suffix.lower() in TABLE_SUFFIXES
        return any((root / name).is_file() for name in TABLE_FILES)

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`cross` and `same` where all test images' clothes are known, and `standard`."""
        return known_settings(self.query, self.gallery)

    def _require_folders(self) -> None:
        """A table is there, or `table_of` has refused it."""

    def _read_folders(self) -> None:
        rows, numbers, faults = [], [], []
        for number, row in enumerate(read_table(self.table), start=2):
            record, split, fault = self._row(row)
            if fault:
                faults.append(f"row {number}: {fault}")
            else:
                rows.append((record, split))
                numbers.append(number)
        faults += _twice([record for record, _ in rows])
        faults += [
            f"rows {numbers[one]} and {numbers[other]}: {why}"
            for one, other, why in clashes([record for record, _ in rows])
        ]
        refuse_faults(self.table, faults)
        if not rows:
            raise DataSetError(f"{self.table} lists no images: expected a row for each under the columns' names")
        said = {split for _, split in rows}
        if "" in said and len(said) > 1:
            raise DataSetError(f"{self.table} gives a split for some images only: fill the column split, or remove it")
        if said == {""}:
            chosen = choose_test_people({record.person for record, _ in rows}, self.test_share)
            rows = [(record, "test" if record.person in chosen else "train") for record, _ in rows]
        rows = list(zip(numbered([record for record, _ in rows]), (split for _, split in rows), strict=True))
        self.train = [record for record, split in rows if split == "train"]
        self.query = [record for record, split in rows if split in {"query", "test"}]
        self.gallery = [record for record, split in rows if split in {"gallery", "test"}]

    def _row(self, row: Mapping[str, str]) -> tuple[ImageRecord, str, str]:
        """Return a row's record, its split ("" where it says none), and what is wrong with it ("" for nothing)."""
        said = {column: row.get(column, "").strip() for column in COLUMNS}
        folder = self.table.parent
        parts = folder / said["parts"] if said["parts"] and self._with_parts else None
        record = ImageRecord(
            folder / said["path"],
            parts,
            0,
            said["camera"],
            said["clothes"] or None,
            0,
            person=said["identity"],
            time=said["time"] or None,
            track=said["track"] or None,
        )
        return record, said["split"], self._fault(said, record)

    def _fault(self, said: Mapping[str, str], record: ImageRecord) -> str:
        empty = [column for column in REQUIRED if not said[column]]
        if empty:
            return f"no {' and no '.join(empty)}"
        if said["split"] and said["split"] not in SPLITS:
            return f"the split is {said['split']!r}, expected {', '.join(SPLITS)}"
        if any(_leads_out(said[column]) for column in ("path", "parts")):
            return f"{said['path']} leads out of the table's folder: write whole paths of files that lie elsewhere"
        missing = _no_file(record.image, "image")
        if record.parts is not None and not missing:
            missing = _no_file(record.parts, "part map")
        return missing

    def _no_part_maps(self) -> str:
        return f"as {self.table} has no column parts with any"


def known_settings(query: Sequence[ImageRecord], gallery: Sequence[ImageRecord]) -> tuple[RetrievalSetting, ...]:
    """Return the settings that follow from what is known of test images: `cross` and `same` with outfits, `standard`.

    `cross` and `same` are left out where no query has a match, such as `same` where there is one photo of each outfit.

    Args:
        query: Images that are looked for.
        gallery: Images that are searched; the queries may be among them.
    """
    everyone = [*query, *gallery]
    view: View = "camera" if all(record.camera for record in everyone) else "image"
    standard = RetrievalSetting("standard", query, gallery, view)
    if any(record.clothes is None for record in everyone):
        return (standard,)
    cross = RetrievalSetting("cross", query, gallery, view, "other")
    same = RetrievalSetting("same", query, gallery, view, "same")
    return *(setting for setting in (cross, same) if setting.has_match()), standard


def numbered(records: Sequence[ImageRecord]) -> list[ImageRecord]:
    """Return records of people with names with a number for each person and the place in the list as frame."""
    numbers = {person: number for number, person in enumerate(sorted({record.person for record in records}))}
    return [replace(record, identity=numbers[record.person], frame=place) for place, record in enumerate(records)]


def table_of(root: Path) -> Path:
    """Return the table of a data set: the file itself, or that in the folder.

    Raises:
        MissingFolderError: There is none.
    """
    if root.is_file():
        return root
    found = [root / name for name in TABLE_FILES if (root / name).is_file()]
    if not found:
        raise MissingFolderError(f"there is no table {' or '.join(TABLE_FILES)} in {root}: give the table's own path")
    return found[0]


def _leads_out(path: str) -> bool:
    """Whether a relative path climbs above where it begins: such a table names other files wherever it is put."""
    return ".." in path and Path(os.path.normpath(path)).parts[:1] == ("..",)


def _no_file(path: Path, what: str) -> str:
    """Say that there is no file, or that it has a name or a place where none can be looked for; "" where there is."""
    try:
        return "" if path.is_file() else f"there is no {what} {path}"
    except OSError as error:
        return f"there is no {what} {path} to be found ({error.strerror})"


def _twice(records: Sequence[ImageRecord]) -> list[str]:
    real = functools.cache(os.path.realpath)  # of folders, of which there are few
    counts: Counter[str] = Counter()
    for record in records:
        # Of a million rows, resolving each path whole takes a minute.
        folder, name = os.path.split(record.image)
        linked = record.image.is_symlink()
        counts[os.path.realpath(record.image) if linked else f"{real(folder)}{os.sep}{name}"] += 1
    return [f"{path} is listed {count} times" for path, count in counts.items() if count > 1]
