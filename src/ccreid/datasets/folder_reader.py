"""Reads folders of images whose file names say who is on them, and their part maps."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccreid.datasets.record import DataSetError, ImageRecord, MissingFolderError, Skipped

MakeRecord = Callable[[Path, Path | None, re.Match[str]], ImageRecord]
"""Makes a record from an image, its part map if there is one, and the match of its name."""


@dataclass(frozen=True)
class FolderReader:
    """Reads the folders of one data set.

    Hidden files and files that are no images are passed over; an image with another name is left out and listed. The
    part map of train/x.jpg is parts/train/x.png.

    Args:
        root: Folder of the data set.
        layout: The data set's name, for errors.
        folders: Folders that must be there, below the root.
        with_parts: Whether part maps are looked for.
        skipped: Where images that are left out are added.

    Raises:
        MissingFolderError: The root or one of the folders is missing.
    """

    root: Path
    layout: str
    folders: Sequence[str]
    with_parts: bool
    skipped: list[Skipped]

    def __post_init__(self) -> None:
        for folder in (self.root, *(self.root / name for name in self.folders)):
            if not folder.is_dir():
                raise MissingFolderError(self._missing(folder))

    def read(self, folder: str, pattern: re.Pattern[str], record: MakeRecord, example: str) -> list[ImageRecord]:
        """Return the images of a folder in the order of identity, camera and frame.

        Args:
            folder: Below the root.
            pattern: Of the whole file name.
            record: Makes a record of an image.
            example: A file name as it should be, for errors.

        Raises:
            DataSetError: There are none.
        """
        return self._in_order(folder, self._records(self.root / folder, pattern, record), example)

    def read_people(self, folder: str, pattern: re.Pattern[str], record: MakeRecord, example: str) -> list[ImageRecord]:
        """Return the images of all folders in a folder, one a person; see `read`."""
        people = [path for path in shown(self.root / folder) if path.is_dir()]
        records = (found for person in people for found in self._records(person, pattern, record))
        return self._in_order(folder, records, example)

    def _records(self, folder: Path, pattern: re.Pattern[str], record: MakeRecord) -> Iterator[ImageRecord]:
        part_maps = self._part_maps(folder)
        for path in shown(folder):
            match = pattern.fullmatch(path.name)
            if match is not None:
                yield record(path, part_maps.get(path.stem), match)
            elif path.suffix.lower() in {".jpg", ".jpeg", ".png"}:
                self.skipped.append(Skipped(path, f"an image whose name does not follow {self.layout}'s"))

    def _part_maps(self, folder: Path) -> dict[str, Path]:
        inside = self.root / "parts" / folder.relative_to(self.root)
        if not self.with_parts or not inside.is_dir():
            return {}
        return {path.stem: path for path in inside.iterdir() if path.suffix == ".png"}

    def _in_order(self, folder: str, records: Iterator[ImageRecord], example: str) -> list[ImageRecord]:
        found = sorted(records, key=lambda one: (one.identity, one.camera, one.frame, one.image.name))
        if not found:
            raise DataSetError(
                f"{self.root / folder} holds no images of {self.layout}'s: expected names such as {example}"
            )
        return found

    def _missing(self, folder: Path) -> str:
        missing = "it does not exist" if folder == self.root else f"there is no folder {folder}"
        inner = [path.parent for path in self.root.glob(f"*/{self.folders[0]}")] if self.root.is_dir() else []
        advice = f"give {inner[0]}" if inner else f"give the folder that holds {', '.join(self.folders)}"
        return f"{self.root} is not laid out like {self.layout}, {missing}: {advice}"


def shown(folder: Path) -> list[Path]:
    """Pass over what file systems and desktops leave behind, such as macOS's `._` twins of every file."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
