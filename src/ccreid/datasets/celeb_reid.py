"""Celeb-reID: street snapshots of celebrities, mostly in other clothes on each, without cameras."""

from pathlib import Path
from typing import Final

from ccreid.datasets.people_data_set import ImageFolder, PeopleDataSet
from ccreid.datasets.retrieval_setting import View

_NAMES: Final = r"(?P<identity>\d+)_(?P<frame>\d+)_\d+"


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

    Arguments, attributes and errors are those of `PeopleDataSet`.

    Example:
        >>> CelebReID.folders[0].match("12_3_0.jpg").groupdict()
        {'identity': '12', 'frame': '3'}
    """

    name = "celeb_reid"
    title = "Celeb-reID"
    view: View = "image"
    folders = tuple(ImageFolder(path, _NAMES, "12_3_0.jpg") for path in ("train", "query", "gallery"))

    @classmethod
    def recognises(cls, root: Path) -> bool:
        """Whether a folder looks like Celeb-reID: its three folders, with its names in query."""
        return super().recognises(root) and cls.folders[1].has_images(root)
