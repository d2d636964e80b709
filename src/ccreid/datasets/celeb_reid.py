"""Celeb-reID: street snapshots of celebrities, mostly in other clothes on each, without cameras."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from ccreid.datasets.folder_reader import FolderReader
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting, View

FOLDERS: Final = ("train", "query", "gallery")

_NAME: Final = re.compile(r"(\d+)_(\d+)_(\d+)\.jpe?g", re.IGNORECASE)


class CelebReID(PeopleDataSet):
    """Celebrities-reID (Huang et al., "Beyond Scalar Neuron", IEEE TCSVT, 2019).

    34,186 street snapshots of 1,052 celebrities. 632 people, 20,208 images, are for training; of the other 420, 2,972
    images are queries and 11,006 the gallery. Celeb-reID-light (Huang et al., "Celebrities-ReID", IJCNN 2019) is read
    as well, which has 590 people, 9,021 training images of 490, 887 queries and 934 gallery images of 100.

    One setting is reported, `standard`: there are neither camera nor clothes labels, so each query searches the whole
    gallery and no match is dropped. That is how others read it. The authors' own code takes the first digit of the
    image's number for a camera; whether it drops matches by it could not be seen, as that file is not in their
    repository.

    For research only, not to be passed on, nor used commercially; links to the images are on
    https://github.com/Huang-3/Celeb-reID. Cite the paper above.

    Folders under the root::

        train/<identity>_<number>_<z>.jpg                    <z> has no meaning
        query/...                                            names as in train
        gallery/...                                          names as in train
        parts/{train,query,gallery}/...                      part maps: the same names, PNGs

    `ccreid parse data/Celeb-reID data/Celeb-reID/parts --parser NAME` makes the part maps.

    Args:
        root: The folder that holds train, query and gallery.
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
        >>> data = CelebReID("data/Celeb-reID", parts="none")
        >>> len(data.train), len(data.query), len(data.gallery)
        (20208, 2972, 11006)
    """

    name = "celeb_reid"
    view: View = "image"

    def __init__(self, root: str | Path, parts: Literal["required", "none"] = "required") -> None:
        self.root = Path(root)
        self.skipped = []
        reader = FolderReader(self.root, "Celeb-reID", FOLDERS, parts == "required", self.skipped)
        self.train, self.query, self.gallery = (reader.read(folder, _NAME, _record, "12_3_0.jpg") for folder in FOLDERS)
        if parts == "required":
            self._leave_out_images_without_parts(f"no PNG under {self.root / 'parts' / 'train'}")

    @staticmethod
    def recognises(root: Path) -> bool:
        """Whether a folder looks like Celeb-reID: its three folders, with its names in query."""
        if not all((root / folder).is_dir() for folder in FOLDERS):
            return False
        return any(_NAME.fullmatch(path.name) for path in (root / "query").iterdir())

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`standard`, in which no match is dropped."""
        return (RetrievalSetting("standard", self.query, self.gallery, view=self.view),)


def _record(image: Path, parts: Path | None, name: re.Match[str]) -> ImageRecord:
    return ImageRecord(image, parts, int(name[1]), "", None, int(name[2]))
