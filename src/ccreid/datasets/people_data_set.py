"""The base of all data sets of people: how their folders are read, and what every one of them offers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Final

from ccreid.datasets.decoding import IMAGE_SUFFIXES
from ccreid.datasets.record import TEST_SHARE, DataSetError, ImageRecord, MissingFolderError, PartsMode, Skipped
from ccreid.datasets.retrieval_setting import CLOTHES_WORDS, RetrievalSetting, View
from ccreid.datasets.tracks import unit_of

# Files that Windows leaves in folders of images, in lower case.
_OF_DESKTOPS: Final = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class ImageFolder:
    """A folder of images whose names say who is on them.

    Attributes:
        path: The folder, below the one whose tree the part maps have; such as "test/query".
        names: What an image's name is before its ending, which may be any image's, as a regular expression; capitals
            do not matter. Its groups `identity`, `camera`, `clothes` and `frame`, those that it has, are what the
            image's record holds.
        example: Such a name, for errors.
        by_person: Whether the images are not in the folder itself but in one for each person in it.
    """

    path: str
    names: str
    example: str
    by_person: bool = False

    def match(self, name: str) -> re.Match[str] | None:
        """Match the name of a file; None where it is no image or has another name."""
        stem, dot, ending = name.rpartition(".")
        return re.fullmatch(self.names, stem, re.IGNORECASE) if dot + ending.lower() in IMAGE_SUFFIXES else None

    def has_images(self, root: Path) -> bool:
        """Whether the folder, below a root, holds a file of such a name."""
        return any(self.match(path.name) for path in (root / self.path).iterdir())


class PeopleDataSet:
    """A data set that a model can be trained on and evaluated on; each one is a class in a file of its own.

    A class says in its attributes where the images are and what their names mean; no image is opened before `verify`.
    Images are in the order of identity, camera and frame. Hidden files are passed over; whatever else is no image of
    the data set's is left out and listed. The part map of train/x.jpg is parts/train/x.png.

    Args:
        root: The folder that holds the data set's folders.
        parts: Whether part maps are looked for; see `PartsMode`.
        test_share: Share of the identities that are test people, where the data set does not say who is.

    Attributes:
        root: The folder.
        train: Training images.
        query: Test images that are looked for.
        gallery: Test images that are searched.
        skipped: What was left out, and why.

    Raises:
        MissingFolderError: The root or one of the data set's folders is missing.
        DataSetError: A folder holds no images, or part maps are required and no training image has one.
    """

    name: str
    """The data set's name in result rows, and what it is opened by."""

    title: ClassVar[str]
    """The data set's name in prose."""

    folders: ClassVar[Sequence[ImageFolder]]
    """The folders of `train`, `query` and `gallery`."""

    images: ClassVar[str] = "."
    """Folder below the root whose tree of images parts/ mirrors."""

    view: View = "camera"
    """What an image may not share with its match; see `RetrievalSetting`."""

    def __init__(self, root: str | Path, parts: PartsMode = "required", test_share: float = TEST_SHARE) -> None:
        self.root = Path(root)
        self.test_share = test_share
        self.train: list[ImageRecord] = []
        self.query: list[ImageRecord] = []
        self.gallery: list[ImageRecord] = []
        self.skipped: list[Skipped] = []
        self._with_parts = parts != "none"
        self._require_folders()
        self._read_folders()
        if parts == "required":
            self._leave_out_images_without_parts()

    @classmethod
    def recognises(cls, root: Path) -> bool:
        """Whether a folder has the data set's layout."""
        return all((root / cls.images / folder.path).is_dir() for folder in cls.folders)

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """The settings of the data set's published protocol, in the order in which they are reported."""
        return (RetrievalSetting("standard", self.query, self.gallery, view=self.view),)

    @cached_property
    def train_labels(self) -> dict[int, int]:
        """Class of each training identity, 0..N-1 in the order of the identities."""
        identities = sorted({record.identity for record in self.train})
        return {identity: label for label, identity in enumerate(identities)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.root)!r})"

    def test_records(self) -> list[ImageRecord]:
        """Return all images of all settings, each once."""
        return _each_once(
            record for setting in self.settings for records in (setting.gallery, setting.query) for record in records
        )

    def records(self) -> list[ImageRecord]:
        """Return all images of the data set, each once."""
        return _each_once([*self.train, *self.test_records()])

    def held_out_setting(self, records: Sequence[ImageRecord]) -> RetrievalSetting:
        """Return how held-out training images look for each other when an epoch is picked.

        Each image, or track where all say theirs, searches all the others; across clothes where the training images'
        outfits are known. Where their cameras are not, only the image or track itself is dropped.

        Raises:
            DataSetError: No image would find a match.
        """
        known = self.view != "camera" or all(record.camera for record in records)
        view: View = self.view if known else "image"
        if all(record.clothes is not None for record in records):
            setting = RetrievalSetting("cross", records, records, view, "other")
        else:
            setting = RetrievalSetting("standard", records, records, view)
        if not setting.has_match():
            another = setting.unit[:-1] if view == "image" else view
            clothes = f" {CLOTHES_WORDS[setting.clothes]}".rstrip()
            raise DataSetError(
                f"no held-out training image of {self.root} has a match of another {another}{clothes}: "
                "set selection.held_out 0 to take the last epoch"
            )
        return setting

    def require_matches(self) -> None:
        """Refuse a data set that cannot be evaluated: a setting without queries, or none of which has a match.

        Raises:
            DataSetError: There is such a setting; the message names it.
        """
        for setting in self.settings:
            if not setting.has_match():
                differing = "" if setting.view == "image" else f" of another {setting.view}"
                clothes = f" {CLOTHES_WORDS[setting.clothes]}".rstrip()
                queries, gallery = (len(setting.items(side)) for side in (setting.query, setting.gallery))
                unit = setting.unit
                raise DataSetError(
                    f"none of the {queries} {'queries' if unit == 'images' else 'query tracks'} of {self.root}, "
                    f"setting {setting.name!r}, has a match among the {gallery} gallery {unit}: expected {unit} of the "
                    f"same identity{differing}{clothes}"
                )

    def left_out(self) -> str:
        """Return how many files were left out and why, in one line; "" where none was."""
        reasons = Counter(skipped.reason for skipped in self.skipped)
        each = "; ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        return f"left out {len(self.skipped)} of {self.root}: {each}" if reasons else ""

    def summary(self) -> str:
        """Return the counts of images, identities and cameras, and of what was left out, one line each."""
        splits = {"train": self.train}
        for setting in self.settings:
            splits |= {f"{setting.name}, query": list(setting.query), f"{setting.name}, gallery": list(setting.gallery)}
        return self._counted(splits)

    def verify(self) -> list[Skipped]:
        """Decode every image and part map; return those that are broken or do not fit each other, with the reason."""
        # Decoding is torch's and Pillow's, which those who only look for files need not wait for.
        from ccreid.datasets.broken import find_broken

        return find_broken(self.records())

    @property
    def _tree(self) -> Path:
        """The folder whose tree the part maps have."""
        return self.root / self.images

    def _require_folders(self) -> None:
        for folder in (self.root, *(self._tree / one.path for one in self.folders)):
            if not folder.is_dir():
                raise MissingFolderError(self._missing(folder))

    def _read_folders(self) -> None:
        self.train, self.query, self.gallery = (self._read(folder) for folder in self.folders)

    def _read(self, folder: ImageFolder) -> list[ImageRecord]:
        """Return the images of a folder, which must have some."""
        records = self._find(folder)
        if not records:
            raise DataSetError(self._empty(folder))
        return records

    def _find(self, folder: ImageFolder) -> list[ImageRecord]:
        path = self._tree / folder.path
        inner = self._person_folders(path) if folder.by_person else [path]
        found = [record for one in inner for record in self._images_in(one, folder)]
        return sorted(found, key=lambda one: (one.identity, one.camera, one.frame, one.image.name))

    def _person_folders(self, folder: Path) -> list[Path]:
        inside = shown(folder)
        self.skipped += [Skipped(path, "a file outside of a person's folder") for path in inside if not path.is_dir()]
        return [path for path in inside if path.is_dir()]

    def _images_in(self, inside: Path, folder: ImageFolder) -> Iterator[ImageRecord]:
        part_maps = self._part_maps(inside.relative_to(self._tree)) if self._with_parts else {}
        read: dict[str, Path] = {}
        for path in shown(inside):
            match = folder.match(path.name)
            if match is None:
                self.skipped.append(Skipped(path, self._no_record(path)))
            elif read.setdefault(path.stem, path) is not path:
                self.skipped.append(Skipped(path, "an image that differs from another in its ending alone"))
            else:
                yield self._record(path, part_maps.get(path.stem), match.groupdict())

    def _no_record(self, path: Path) -> str:
        """Return why what lies among a folder's images is none of them."""
        if path.is_dir():
            return "a folder among the images, which is not looked into"
        if path.suffix.lower() in IMAGE_SUFFIXES:
            return f"an image whose name does not follow {self.title}'s"
        return "no image by its ending"

    def _record(self, image: Path, parts: Path | None, said: dict[str, str]) -> ImageRecord:
        """Return the record of an image, whose name says `said`."""
        clothes = int(said["clothes"]) if "clothes" in said else None
        return ImageRecord(
            image, parts, int(said["identity"]), said.get("camera", ""), clothes, int(said.get("frame", 0))
        )

    def _part_maps(self, inside: Path) -> dict[str, Path]:
        """Return the part maps of the images in a folder of the tree, by the stem of the image's name."""
        folder = self.root / "parts" / inside
        return (
            {path.stem: path for path in folder.iterdir() if path.suffix.lower() == ".png"} if folder.is_dir() else {}
        )

    def _leave_out_images_without_parts(self) -> None:
        without = [record for record in self.train if record.parts is None]
        if len(without) == len(self.train):
            raise DataSetError(
                f"no training image of {self.root} has a part map, {self._no_part_maps()}: make them with "
                "`ccreid parse`, or train without pixel sampling"
            )
        self.train = [record for record in self.train if record.parts is not None]
        self.skipped += [Skipped(record.image, "a training image without a part map") for record in without]

    def _no_part_maps(self) -> str:
        return f"no PNG under {self.root / 'parts' / self.folders[0].path}"

    def _empty(self, folder: ImageFolder) -> str:
        path = self._tree / folder.path
        return f"{path} holds no images of {self.title}'s: expected names such as {folder.example}"

    def _missing(self, folder: Path) -> str:
        missing = "it does not exist" if folder == self.root else f"there is no folder {folder}"
        return f"{self.root} is not laid out like {self.title}, {missing}: {self._where_it_may_be()}"

    def _where_it_may_be(self) -> str:
        inner = [path.parent for path in self.root.glob(f"*/{self.folders[0].path}")] if self.root.is_dir() else []
        return f"give {inner[0]}" if inner else f"give the folder that holds {', '.join(f.path for f in self.folders)}"

    def _counted(self, splits: dict[str, list[ImageRecord]]) -> str:
        lines = [f"{name:<25}{_counts(records)}" for name, records in splits.items()]
        reasons = Counter(skipped.reason for skipped in self.skipped)
        lines += [f"{'left out':<25}{count:>7} files: {reason}" for reason, count in reasons.items()]
        return "\n".join(lines)


def shown(folder: Path) -> list[Path]:
    """Pass over what file systems and desktops leave behind, such as macOS's `._` twins of every file."""
    return sorted(
        path for path in folder.iterdir() if not path.name.startswith(".") and path.name.lower() not in _OF_DESKTOPS
    )


def _each_once(records: Iterable[ImageRecord]) -> list[ImageRecord]:
    return list({record.image: record for record in records}.values())


def _counts(records: Sequence[ImageRecord]) -> str:
    identities = len({record.identity for record in records})
    cameras = ", ".join(sorted({record.camera for record in records} - {""}))
    tracks = f" in {len({record.track for record in records})} tracks" if unit_of(records) == "tracks" else ""
    seen_by = f", cameras {cameras}" if cameras else ""
    return f"{len(records):>7} images of {identities:>3} identities{tracks}{seen_by}"
