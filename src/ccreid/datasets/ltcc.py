"""LTCC: people who change clothes, under twelve cameras."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ccreid.datasets.people_data_set import ImageFolder, PeopleDataSet
from ccreid.datasets.retrieval_setting import RetrievalSetting

_NAMES: Final = r"(?P<identity>\d+)_(?P<clothes>\d+)_c(?P<camera>\d+)_(?P<frame>\d+)"


class LTCC(PeopleDataSet):
    """Long-Term Cloth-Changing person re-identification (Qian et al., ACCV 2020, arXiv:2005.12633).

    17,119 images of 152 people in 478 outfits under 12 cameras; 91 of the people change clothes. 77 people, 9,576
    images, are for training; of the other 75, 493 images are queries and 7,050 the gallery. These numbers are not
    checked; `ccreid` counts what is on disk.

    Three settings are reported, on the same test images. `standard` drops matches from the query's own camera. `cross`
    drops matches in the query's own outfit as well, so that queries of people who never change clothes have none and
    are skipped; `same` drops those in other outfits instead. The whole gallery is searched in all, as in the code of Gu
    et al. (CVPR 2022). Some others train and test on the people alone who change clothes, as listed in info/, which
    gives other numbers and is not done here.

    For research only, on an agreement with its authors (https://naiq.github.io/LTCC_Perosn_ReID.html), whose text was
    not seen by the authors of this reader. Cite the paper above.

    Folders under the root, LTCC_ReID as it is handed out::

        train/<identity>_<outfit>_c<camera>_<frame>.png      such as 094_1_c9_015923.png
        query/...                                            names as in train
        test/...                                             names as in train: the gallery
        info/cloth-change_id_{train,test}.txt, ...           not read
        parts/{train,query,test}/...                         part maps: the same names

    `ccreid parse data/LTCC_ReID data/LTCC_ReID/parts --parser NAME` makes the part maps.

    Arguments, attributes and errors are those of `PeopleDataSet`.

    Example:
        >>> LTCC.folders[0].match("094_1_c9_015923.png").groupdict()
        {'identity': '094', 'clothes': '1', 'camera': '9', 'frame': '015923'}
    """

    name = "ltcc"
    title = "LTCC"
    folders = tuple(ImageFolder(path, _NAMES, "094_1_c9_015923.png") for path in ("train", "query", "test"))

    @classmethod
    def recognises(cls, root: Path) -> bool:
        """Whether a folder looks like LTCC: its three folders, with images right below."""
        return super().recognises(root) and not (root / "test" / "gallery").is_dir()

    @property
    def settings(self) -> Sequence[RetrievalSetting]:
        """`cross`, `same` and `standard`, on the same images."""
        return (
            RetrievalSetting("cross", self.query, self.gallery, clothes="other"),
            RetrievalSetting("same", self.query, self.gallery, clothes="same"),
            RetrievalSetting("standard", self.query, self.gallery),
        )
