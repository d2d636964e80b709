"""Market-1501: people in front of a supermarket, in one outfit each, under six cameras."""

from typing import Final

from ccreid.datasets.people_data_set import ImageFolder, PeopleDataSet
from ccreid.datasets.record import ImageRecord, Skipped

_NAMES: Final = r"(?P<identity>-1|\d+)_c(?P<camera>\d+)s\d+_(?P<frame>\d+)_\d+"

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

    Arguments, attributes and errors are those of `PeopleDataSet`.

    Example:
        >>> Market1501.folders[0].match("0002_c1s1_000451_03.jpg").groupdict()
        {'identity': '0002', 'camera': '1', 'frame': '000451'}
    """

    name = "market1501"
    title = "Market-1501"
    folders = tuple(
        ImageFolder(path, _NAMES, "0002_c1s1_000451_03.jpg")
        for path in ("bounding_box_train", "query", "bounding_box_test")
    )

    def _read(self, folder: ImageFolder) -> list[ImageRecord]:
        """Leave out junk."""
        found = super()._read(folder)
        junk = [record for record in found if record.identity == _JUNK]
        self.skipped += [Skipped(record.image, "junk, identity -1", meant=True) for record in junk]
        return [record for record in found if record.identity != _JUNK]
