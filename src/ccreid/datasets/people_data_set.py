"""What all data sets of people have in common: images to train on, and settings to be evaluated in."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from ccreid.datasets.record import DataSetError, ImageRecord, Skipped
from ccreid.datasets.retrieval_setting import RetrievalSetting, SettingName, View


class PeopleDataSet(ABC):
    """A data set that a model can be trained on and evaluated on; each one is a class in a file of its own.

    Attributes:
        root: The folder.
        train: Training images.
        skipped: What was left out, and why.
        view: What held-out training images may not share with their matches; see `RetrievalSetting`.
    """

    root: Path
    train: list[ImageRecord]
    skipped: list[Skipped]
    view: View = "camera"

    images: ClassVar[str] = "."
    """Folder below the root whose tree of images parts/ mirrors."""

    @abstractmethod
    def __init__(self, root: str | Path, parts: Literal["required", "none"] = "required") -> None: ...

    @staticmethod
    @abstractmethod
    def recognises(root: Path) -> bool:
        """Whether a folder has the data set's layout."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The data set's name in result rows."""

    @property
    @abstractmethod
    def settings(self) -> Sequence[RetrievalSetting]:
        """The settings of the data set's published protocol, in the order in which they are reported."""

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

        Each image searches all the others; across clothes where the training images' outfits are known.

        Raises:
            DataSetError: No image would find a match.
        """
        across_clothes = all(record.clothes is not None for record in records)
        name: SettingName = "cross" if across_clothes else "standard"
        setting = RetrievalSetting(name, records, records, self.view, across_clothes)
        if not setting.has_match():
            differing = f"another {self.view}" + (" and in other clothes" if across_clothes else "")
            raise DataSetError(
                f"no held-out training identity of {self.root} has images of {differing}: "
                "set selection.held_out 0 to take the last epoch"
            )
        return setting

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

    def _counted(self, splits: dict[str, list[ImageRecord]]) -> str:
        lines = [f"{name:<25}{_counts(records)}" for name, records in splits.items()]
        reasons = Counter(skipped.reason for skipped in self.skipped)
        lines += [f"{'left out':<25}{count:>7} files: {reason}" for reason, count in reasons.items()]
        return "\n".join(lines)

    def _leave_out_images_without_parts(self, looked_for: str) -> None:
        """Keep the training images that have a part map; `looked_for` says where it would be."""
        without = [record for record in self.train if record.parts is None]
        if len(without) == len(self.train):
            raise DataSetError(
                f"no training image of {self.root} has a part map, {looked_for}: make them with `ccreid parse`, or "
                "train without pixel sampling"
            )
        self.train = [record for record in self.train if record.parts is not None]
        self.skipped += [Skipped(record.image, "a training image without a part map") for record in without]


def _each_once(records: Iterable[ImageRecord]) -> list[ImageRecord]:
    return list({record.image: record for record in records}.values())


def _counts(records: Sequence[ImageRecord]) -> str:
    identities = len({record.identity for record in records})
    cameras = ", ".join(sorted({record.camera for record in records} - {""}))
    return f"{len(records):>7} images of {identities:>3} identities" + (f", cameras {cameras}" if cameras else "")
