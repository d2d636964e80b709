"""LaST: people of films over large spans of space and time, without cameras."""

from typing import Final

from ccreid.datasets.people_data_set import ImageFolder, PeopleDataSet
from ccreid.datasets.retrieval_setting import View

_TRAINING_NAMES: Final = r"(?P<identity>\d+)_(?:.*_)?(?P<clothes>\d+)"
_TEST_NAMES: Final = r"(?P<identity>\d+)_.+"


class LaST(PeopleDataSet):
    """Large-scale Spatio-Temporal re-identification (Shu et al., IEEE TCSVT, 2022, arXiv:2105.15076).

    228,156 images of 10,862 people from films. 5,000 people, 71,248 images, are for training, with a label of the
    clothes; 56 people, 21,379 images, for validation, which is not read here; 5,806 people for testing (10,176 queries,
    125,353 gallery images).

    One setting is reported, `standard`: there are no cameras, nor outfit labels in the test set, so each query searches
    the whole gallery and no match is dropped; the authors' code counts every image as a camera of its own.

    For academic research only; links to the images are on https://github.com/shuxjweb/last. Cite the paper above.

    Folders under the root::

        train/<person>/<identity>_..._<outfit>.jpg
        test/query/<identity>_....jpg
        test/gallery/<person>/<identity>_....jpg
        val/query/, val/gallery/                             laid out as test; not read
        parts/{train,test}/...                               part maps: the same folders and names, PNGs

    The identity is the first number of a name and, in train, the outfit the last; what stands between is not read, and
    was not seen by the authors of this reader. The data set's README and code give slightly different counts; those
    above add up to the README's and are otherwise not checked. `ccreid parse data/last data/last/parts --parser NAME`
    makes the part maps, of val too.

    Arguments, attributes and errors are those of `PeopleDataSet`.

    Example:
        >>> LaST.folders[0].match("000123_0_0001_02.jpg").groupdict()
        {'identity': '000123', 'clothes': '02'}
    """

    name = "last"
    title = "LaST"
    view: View = "image"
    folders = (
        ImageFolder("train", _TRAINING_NAMES, "<person>/000123_..._01.jpg", by_person=True),
        ImageFolder("test/query", _TEST_NAMES, "000123_....jpg"),
        ImageFolder("test/gallery", _TEST_NAMES, "<person>/000123_....jpg", by_person=True),
    )
