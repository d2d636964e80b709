"""DeepChange: people under seventeen street cameras over a year."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from ccreid.datasets.people_data_set import ImageFolder, PeopleDataSet
from ccreid.datasets.record import DataSetError, ImageRecord, MissingFolderError, Skipped
from ccreid.datasets.retrieval_setting import View

_NAMES: Final = r"p(?P<identity>\d+)_c(?P<camera>\d+)_\d+_\d+_(?P<frame>\d+)_\w+"


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

    Arguments, attributes and errors are those of `PeopleDataSet`.

    Example:
        >>> DeepChange.folders[0].match("p0702_c13_20200813_154757_000038_bbox.jpg").groupdict()
        {'identity': '0702', 'camera': '13', 'frame': '000038'}
    """

    name = "deepchange"
    title = "DeepChange"
    view: View = "sequence"
    folders = tuple(
        ImageFolder(path, _NAMES, "p0702_c13_20200813_154757_000038_bbox.jpg")
        for path in ("train-set", "test-set-query", "test-set-gallery")
    )

    def _read(self, folder: ImageFolder) -> list[ImageRecord]:
        """Return the images that the folder's list names, each with its tracklet."""
        path = self.root / folder.path
        tracklets = _read_list(self.root / f"{folder.path}-bbox.txt")
        found = [replace(one, sequence=tracklets.get(one.image.stem)) for one in super()._read(folder)]
        missing = tracklets.keys() - {one.image.stem for one in found}
        self.skipped += [Skipped(path / f"{name}.jpg", "listed, but not there") for name in sorted(missing)]
        self.skipped += [Skipped(one.image, "an image that no list names") for one in found if one.sequence is None]
        listed = [one for one in found if one.sequence is not None]
        if not listed:
            raise DataSetError(f"{path}-bbox.txt names none of the images of {path}")
        return listed


def _read_list(path: Path) -> dict[str, str]:
    """Return the tracklet of each file's name, without its ending."""
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
        tracklets[Path(name.strip()).stem] = tracklet.strip()
    return tracklets
