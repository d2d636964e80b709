"""LTCC: people who change clothes, under twelve cameras."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from ccreid.datasets.folder_reader import FolderReader
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting

FOLDERS: Final = ("train", "query", "test")

_NAME: Final = re.compile(r"(\d+)_(\d+)_c(\d+)_(\d+)\.png", re.IGNORECASE)


class LTCC(PeopleDataSet):
    """Long-Term Cloth-Changing person re-identification (Qian et al., ACCV 2020, arXiv:2005.12633).

    17,119 images of 152 people in 478 outfits under 12 cameras; 91 of the people change clothes. 77 people, 9,576
    images, are for training; of the other 75, 493 images are queries and 7,050 the gallery. These numbers are not
    checked; `ccreid` counts what is on disk.

    Two settings are reported, on the same test images. `standard` drops matches from the query's own camera. `cross`
    drops matches in the query's own outfit as well, so that queries of people who never change clothes have none and
    are skipped. The whole gallery is searched in both, as in the code of Gu et al. (CVPR 2022). Some others train and
    test on the people alone who change clothes, as listed in info/, which gives other numbers and is not done here.

    For research only, on an agreement with its authors (https://naiq.github.io/LTCC_Perosn_ReID.html), whose text was
    not seen by the authors of this reader. Cite the paper above.

    Folders under the root, LTCC_ReID as it is handed out::

        train/<identity>_<outfit>_c<camera>_<frame>.png      such as 094_1_c9_015923.png
        query/...                                            names as in train
        test/...                                             names as in train: the gallery
        info/cloth-change_id_{train,test}.txt, ...           not read
        parts/{train,query,test}/...                         part maps: the same names

    `ccreid parse data/LTCC_ReID data/LTCC_ReID/parts --parser NAME` makes the part maps.

    Args:
        root: The folder that holds train, query and test.
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
        >>> data = LTCC("data/LTCC_ReID", parts="none")
        >>> len(data.train), len(data.query), len(data.gallery)
        (9576, 493, 7050)
    """

    name = "ltcc"

    def __init__(self, root: str | Path, parts: Literal["required", "none"] = "required") -> None:
        self.root = Path(root)
        self.skipped = []
        reader = FolderReader(self.root, "LTCC", FOLDERS, parts == "required", self.skipped)
        self.train, self.query, self.gallery = (
            reader.read(folder, _NAME, _record, "094_1_c9_015923.png") for folder in FOLDERS
        )
        if parts == "required":
            self._leave_out_images_without_parts(f"no PNG under {self.root / 'parts' / 'train'}")

    @staticmethod
    def recognises(root: Path) -> bool:
        """Whether a folder looks like LTCC: its three folders, with images right below."""
        return all((root / folder).is_dir() for folder in FOLDERS) and not (root / "test" / "gallery").is_dir()

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`cross` and `standard`, on the same images."""
        return (
            RetrievalSetting("cross", self.query, self.gallery, across_clothes=True),
            RetrievalSetting("standard", self.query, self.gallery),
        )


def _record(image: Path, parts: Path | None, name: re.Match[str]) -> ImageRecord:
    return ImageRecord(image, parts, int(name[1]), name[3], int(name[2]), int(name[4]))
