"""VC-Clothes: people of a video game who change clothes, under four cameras."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from ccreid.datasets.folder_reader import FolderReader
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting, SettingName

FOLDERS: Final = ("train", "query", "gallery")

_NAME: Final = re.compile(r"(\d+)-(\d+)-(\d+)-(\d+)\.jpe?g", re.IGNORECASE)


class VCClothes(PeopleDataSet):
    """Virtually Changing-Clothes (Wan et al., "When Person Re-identification Meets Changing Clothes", CVPRW 2020).

    19,060 images of 512 people from the game GTA V under 4 cameras. 256 people, 9,449 images, are for training; of the
    other 256, 1,020 images are queries and 8,591 the gallery. The numbers of each split add up to the published total
    and are otherwise not checked; `ccreid` counts what is on disk.

    Three settings are reported. `standard` takes all cameras, `same` cameras 2 and 3, under which people wear the same
    clothes, and `cross` cameras 3 and 4, between which they change; queries and gallery are both limited to these
    cameras. All drop matches from the query's own camera, and `cross` matches in the query's own outfit too, which
    drops nothing where the two cameras never show one outfit. Gu et al. (CVPR 2022) have no such filter there.

    From its authors (https://wanfb.github.io/dataset.html), whose terms were not seen by the authors of this reader;
    ask for them. Cite the paper above.

    Folders under the root::

        train/<identity>-<camera>-<outfit>-<frame>.jpg       such as 0001-03-02-05.jpg
        query/...                                            names as in train
        gallery/...                                          names as in train
        parts/{train,query,gallery}/...                      part maps: the same names, PNGs

    That the four numbers stand in this order is known from others' readers; how many digits each has is not, and does
    not matter. `ccreid parse data/VC-Clothes data/VC-Clothes/parts --parser NAME` makes the part maps.

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
        >>> data = VCClothes("data/VC-Clothes", parts="none")
        >>> len(data.train), len(data.query), len(data.gallery)
        (9449, 1020, 8591)
    """

    name = "vc_clothes"

    def __init__(self, root: str | Path, parts: Literal["required", "none"] = "required") -> None:
        self.root = Path(root)
        self.skipped = []
        reader = FolderReader(self.root, "VC-Clothes", FOLDERS, parts == "required", self.skipped)
        self.train, self.query, self.gallery = (
            reader.read(folder, _NAME, _record, "0001-03-02-05.jpg") for folder in FOLDERS
        )
        if parts == "required":
            self._leave_out_images_without_parts(f"no PNG under {self.root / 'parts' / 'train'}")

    @staticmethod
    def recognises(root: Path) -> bool:
        """Whether a folder looks like VC-Clothes: its three folders, with its names in query."""
        if not all((root / folder).is_dir() for folder in FOLDERS):
            return False
        return any(_NAME.fullmatch(path.name) for path in (root / "query").iterdir())

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`cross` (cameras 3 and 4), `same` (2 and 3) and `standard` (all)."""
        return (
            self._between("cross", 3, 4),
            self._between("same", 2, 3),
            RetrievalSetting("standard", self.query, self.gallery),
        )

    def _between(self, name: SettingName, *cameras: int) -> RetrievalSetting:
        query, gallery = (
            [record for record in records if int(record.camera) in cameras] for records in (self.query, self.gallery)
        )
        return RetrievalSetting(name, query, gallery, across_clothes=name == "cross")


def _record(image: Path, parts: Path | None, name: re.Match[str]) -> ImageRecord:
    return ImageRecord(image, parts, int(name[1]), name[2], int(name[3]), int(name[4]))
