"""DeepChange: people under seventeen street cameras over a year."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from ccreid.datasets.folder_reader import FolderReader
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import DataSetError, ImageRecord, MissingFolderError, Skipped
from ccreid.datasets.retrieval_setting import RetrievalSetting, View

FOLDERS: Final = ("train-set", "test-set-query", "test-set-gallery")

_NAME: Final = re.compile(r"p(\d+)_c(\d+)_(\d+)_(\d+)_(\d+)_\w+\.jpe?g", re.IGNORECASE)


class DeepChange(PeopleDataSet):
    """DeepChange, a large long-term benchmark with clothes change (Xu & Zhu, arXiv:2105.14685).

    178,407 images of 1,121 people under 17 outdoor security cameras over 12 months, in all weathers. 450 people, 75,083
    images, are for training; 150 for validation (4,976 queries, 17,865 gallery images), which is not read here; 521 for
    testing (17,527 queries, 62,956 gallery images).

    One setting is reported, `standard`: a match may come from the query's own camera but not from its own tracklet.
    That is how Gu et al. (CVPR 2022) read the paper. There are no outfit labels; they take the day for one in training,
    which is not done here.

    For non-commercial research only, on a signed agreement (https://github.com/PengBoXiangShang/deepchange); the images
    may not be passed on, and faces must be blocked wherever images are shown. Cite the paper above.

    Files and folders under the root, DeepChangeDataset as it is handed out::

        train-set/p<identity>_c<camera>_<day>_<time>_<frame>_bbox.jpg
                                                             such as p0702_c13_20200813_154757_000038_bbox.jpg
        test-set-query/...                                   names as in train-set
        test-set-gallery/...                                 names as in train-set
        train-set-bbox.txt, test-set-query-bbox.txt, test-set-gallery-bbox.txt
                                                             lines of <file name>,<tracklet>
        val-set-query/, val-set-gallery/ and their lists     not read
        parts/{train-set,test-set-query,...}/...             part maps: the same names, PNGs

    The name of one image and the list files are known from others' readers; the counts per split add up to the
    published total and are otherwise not checked. `ccreid parse data/deepchange data/deepchange/parts --parser NAME`
    makes the part maps.

    Args:
        root: The folder that holds train-set, test-set-query and test-set-gallery.
        parts: "required" leaves out training images without a part map and lists them, and is an error where no
            training image has one; "none" looks for no part maps at all.

    Attributes:
        root: The folder.
        train: Training images.
        query: Test images that are looked for.
        gallery: Test images that are searched.
        skipped: What was left out, and why: images that no list names, and listed ones that are missing, among them.

    Raises:
        MissingFolderError: The root, one of its folders or one of its lists is missing.
        DataSetError: A folder holds no images, a line of a list is broken, or there are no part maps where they are
            required.

    Example:
        >>> data = DeepChange("data/DeepChangeDataset", parts="none")
        >>> len(data.train), len(data.query), len(data.gallery)
        (75083, 17527, 62956)
    """

    name = "deepchange"
    view: View = "sequence"

    def __init__(self, root: str | Path, parts: Literal["required", "none"] = "required") -> None:
        self.root = Path(root)
        self.skipped = []
        reader = FolderReader(self.root, "DeepChange", FOLDERS, parts == "required", self.skipped)
        self.train, self.query, self.gallery = (self._listed(reader, folder) for folder in FOLDERS)
        if parts == "required":
            self._leave_out_images_without_parts(f"no PNG under {self.root / 'parts' / 'train-set'}")

    @staticmethod
    def recognises(root: Path) -> bool:
        """Whether a folder looks like DeepChange."""
        return all((root / folder).is_dir() for folder in FOLDERS)

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`standard`, in which matches from the query's tracklet are dropped."""
        return (RetrievalSetting("standard", self.query, self.gallery, view=self.view),)

    def _listed(self, reader: FolderReader, folder: str) -> list[ImageRecord]:
        """Return the images of a folder that its list names."""
        tracklets = _read_list(self.root / f"{folder}-bbox.txt")

        def record(image: Path, parts: Path | None, name: re.Match[str]) -> ImageRecord:
            identity, camera, _, _, frame = name.groups()
            return ImageRecord(image, parts, int(identity), camera, None, int(frame), tracklets.get(image.name))

        found = reader.read(folder, _NAME, record, "p0702_c13_20200813_154757_000038_bbox.jpg")
        missing = tracklets.keys() - {one.image.name for one in found}
        self.skipped += [Skipped(self.root / folder / name, "listed, but not there") for name in sorted(missing)]
        self.skipped += [Skipped(one.image, "an image that no list names") for one in found if one.sequence is None]
        listed = [one for one in found if one.sequence is not None]
        if not listed:
            raise DataSetError(f"{self.root / folder}-bbox.txt names none of the images of {self.root / folder}")
        return listed


def _read_list(path: Path) -> dict[str, str]:
    """Return the tracklet of each file name."""
    if not path.is_file():
        raise MissingFolderError(
            f"{path.parent} is not laid out like DeepChange, there is no list {path}: it says which tracklet each "
            "image is from, and comes with the images"
        )
    tracklets: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        name, comma, tracklet = line.strip().rpartition(",")
        if not comma or not tracklet.strip():
            raise DataSetError(f"line {number} of {path} is {line!r}, expected <file name>,<tracklet>")
        tracklets[Path(name.strip()).name] = tracklet.strip()
    return tracklets
