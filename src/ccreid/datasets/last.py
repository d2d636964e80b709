"""LaST: people of films over large spans of space and time, without cameras."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from ccreid.datasets.folder_reader import FolderReader
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting, View

FOLDERS: Final = ("train", "test/query", "test/gallery")

_TRAINING_NAME: Final = re.compile(r"(\d+)_(?:.*_)?(\d+)\.jpe?g", re.IGNORECASE)
_TEST_NAME: Final = re.compile(r"(\d+)_.+\.jpe?g", re.IGNORECASE)


class LaST(PeopleDataSet):
    """Large-scale Spatio-Temporal re-identification (Shu et al., IEEE TCSVT, 2022, arXiv:2105.15076).

    228,156 images of 10,862 people from films. 5,000 people, 71,248 images, are for training, with a label of the
    clothes; 56 people, 21,379 images, for validation, which is not read here; 5,806 people for testing (10,176 queries,
    125,353 gallery images).

    One setting is reported, `standard`: there are no cameras, nor outfit labels in the test set, so each query searches
    the whole gallery and no match is dropped; the authors' code counts every image as a camera of its own.

    For academic research only; links to the images are on https://github.com/shuxjweb/last. Cite the paper above.

    Folders under the root::

        train/<person>/<identity>_..._<outfit>.jpg
        test/query/<identity>_....jpg
        test/gallery/<person>/<identity>_....jpg
        val/query/, val/gallery/                             laid out as test; not read
        parts/{train,test}/...                               part maps: the same folders and names, PNGs

    The identity is the first number of a name and, in train, the outfit the last; what stands between is not read, and
    was not seen by the authors of this reader. The data set's README and code give slightly different counts; those
    above add up to the README's and are otherwise not checked. `ccreid parse data/last data/last/parts --parser NAME`
    makes the part maps, of val too.

    Args:
        root: The folder that holds train and test.
        parts: "required" leaves out training images without a part map and lists them, and is an error where no
            training image has one; "none" looks for no part maps at all.

    Attributes:
        root: The folder.
        train: Training images.
        query: Test images that are looked for.
        gallery: Test images that are searched.
        skipped: What was left out, and why.

    Raises:
        MissingFolderError: The root or one of its folders is missing.
        DataSetError: A folder holds no images, or part maps are required and there are none.

    Example:
        >>> data = LaST("data/last", parts="none")
        >>> len(data.train), len(data.query), len(data.gallery)
        (71248, 10176, 125353)
    """

    name = "last"
    view: View = "image"

    def __init__(self, root: str | Path, parts: Literal["required", "none"] = "required") -> None:
        self.root = Path(root)
        self.skipped = []
        reader = FolderReader(self.root, "LaST", FOLDERS, parts == "required", self.skipped)
        self.train = reader.read_people("train", _TRAINING_NAME, _training_record, "<person>/000123_..._01.jpg")
        self.query = reader.read("test/query", _TEST_NAME, _test_record, "000123_....jpg")
        self.gallery = reader.read_people("test/gallery", _TEST_NAME, _test_record, "<person>/000123_....jpg")
        if parts == "required":
            self._leave_out_images_without_parts(f"no PNG under {self.root / 'parts' / 'train'}")

    @staticmethod
    def recognises(root: Path) -> bool:
        """Whether a folder looks like LaST."""
        return all((root / folder).is_dir() for folder in FOLDERS)

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`standard`, in which no match is dropped."""
        return (RetrievalSetting("standard", self.query, self.gallery, view=self.view),)


def _training_record(image: Path, parts: Path | None, name: re.Match[str]) -> ImageRecord:
    return ImageRecord(image, parts, int(name[1]), "", int(name[2]), 0)


def _test_record(image: Path, parts: Path | None, name: re.Match[str]) -> ImageRecord:
    return ImageRecord(image, parts, int(name[1]), "", None, 0)
