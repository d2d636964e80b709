"""VC-Clothes: people of a video game who change clothes, under four cameras."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ccreid.datasets.people_data_set import ImageFolder, PeopleDataSet
from ccreid.datasets.retrieval_setting import RetrievalSetting, SettingName

_NAMES: Final = r"(?P<identity>\d+)-(?P<camera>\d+)-(?P<clothes>\d+)-(?P<frame>\d+)"


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

    Arguments, attributes and errors are those of `PeopleDataSet`.

    Example:
        >>> VCClothes.folders[0].match("0001-03-02-05.jpg").groupdict()
        {'identity': '0001', 'camera': '03', 'clothes': '02', 'frame': '05'}
    """

    name = "vc_clothes"
    title = "VC-Clothes"
    folders = tuple(ImageFolder(path, _NAMES, "0001-03-02-05.jpg") for path in ("train", "query", "gallery"))

    @classmethod
    def recognises(cls, root: Path) -> bool:
        """Whether a folder looks like VC-Clothes: its three folders, with its names in query."""
        return super().recognises(root) and cls.folders[1].has_images(root)

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
        return RetrievalSetting(name, query, gallery, clothes="other" if name == "cross" else "any")
