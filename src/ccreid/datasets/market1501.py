"""Market-1501: people in front of a supermarket, in one outfit each, under six cameras."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from ccreid.datasets.folder_reader import FolderReader
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord, Skipped
from ccreid.datasets.retrieval_setting import RetrievalSetting

FOLDERS: Final = ("bounding_box_train", "query", "bounding_box_test")

_NAME: Final = re.compile(r"(-1|\d+)_c(\d)s(\d)_(\d+)_(\d+)\.jpe?g", re.IGNORECASE)

_JUNK: Final = -1


class Market1501(PeopleDataSet):
    """Market-1501 (Zheng et al., "Scalable Person Re-identification: A Benchmark", ICCV 2015).

    1,501 people under 6 cameras, each in one outfit; what a model that looks past clothes loses where they do not
    change. 751 people, 12,936 images, are for training; of the other 750, 3,368 images are queries and 15,913 the
    gallery.

    One setting is reported, `standard`, which drops matches from the query's own camera. The gallery holds two kinds of
    boxes that show none of the people: distractors, identity 0, stay in it as wrong answers; junk, identity -1, is
    neither right nor wrong, and is left out and listed.

    From its authors (http://www.liangzheng.org/Project/project_reid.html), whose terms were not seen by the authors of
    this reader; ask for them. Cite the paper above.

    Folders under the root, Market-1501-v15.09.15 as it is handed out::

        bounding_box_train/<identity>_c<camera>s<sequence>_<frame>_<box>.jpg
                                                             such as 0002_c1s1_000451_03.jpg
        query/...                                            names as in bounding_box_train
        bounding_box_test/...                                names as there, with 0000 and -1 too: the gallery
        gt_bbox/, gt_query/                                  not read
        parts/{bounding_box_train,...}/...                   part maps: the same names, PNGs

    `ccreid parse data/market data/market/parts --parser NAME` makes the part maps, of gt_bbox too where it is there.

    Args:
        root: The folder that holds bounding_box_train, query and bounding_box_test.
        parts: "required" leaves out training images without a part map and lists them, and is an error where no
            training image has one; "none" looks for no part maps at all.

    Attributes:
        root: The folder.
        train: Training images.
        query: Test images that are looked for.
        gallery: Test images that are searched, distractors among them.
        skipped: What was left out, and why; junk, too.

    Raises:
        MissingFolderError: The root or one of its folders is missing.
        DataSetError: A folder holds no images, or part maps are required and there are none.

    Example:
        >>> data = Market1501("data/Market-1501-v15.09.15", parts="none")
        >>> len(data.train), len(data.query), len(data.gallery)
        (12936, 3368, 15913)
    """

    name = "market1501"

    def __init__(self, root: str | Path, parts: Literal["required", "none"] = "required") -> None:
        self.root = Path(root)
        self.skipped = []
        reader = FolderReader(self.root, "Market-1501", FOLDERS, parts == "required", self.skipped)
        self.train, self.query, self.gallery = (
            self._without_junk(reader.read(folder, _NAME, _record, "0002_c1s1_000451_03.jpg")) for folder in FOLDERS
        )
        if parts == "required":
            self._leave_out_images_without_parts(f"no PNG under {self.root / 'parts' / 'bounding_box_train'}")

    @staticmethod
    def recognises(root: Path) -> bool:
        """Whether a folder looks like Market-1501."""
        return all((root / folder).is_dir() for folder in FOLDERS)

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`standard`, in which matches from the query's camera are dropped."""
        return (RetrievalSetting("standard", self.query, self.gallery),)

    def _without_junk(self, records: Sequence[ImageRecord]) -> list[ImageRecord]:
        self.skipped += [Skipped(record.image, "junk, identity -1") for record in records if record.identity == _JUNK]
        return [record for record in records if record.identity != _JUNK]


def _record(image: Path, parts: Path | None, name: re.Match[str]) -> ImageRecord:
    return ImageRecord(image, parts, int(name[1]), name[2], None, int(name[4]))
