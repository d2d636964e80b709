"""Opening a data set by its name, or by the layout of its folder."""

from pathlib import Path
from typing import Final

from ccreid.datasets.ccvid import CCVID
from ccreid.datasets.celeb_reid import CelebReID
from ccreid.datasets.deepchange import DeepChange
from ccreid.datasets.last import LaST
from ccreid.datasets.ltcc import LTCC
from ccreid.datasets.market1501 import Market1501
from ccreid.datasets.people import People
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import TEST_SHARE, DataSetError, MissingFolderError, Modality, PartsMode
from ccreid.datasets.table import Table
from ccreid.datasets.vc_clothes import VCClothes
from ccreid.errors import nearest

DATA_SETS: Final[dict[str, type[PeopleDataSet]]] = {
    kind.name: kind for kind in (PRCC, LTCC, VCClothes, CelebReID, DeepChange, LaST, Market1501, CCVID, Table, People)
}
"""The data sets by the name that a recipe and the command line use: those of `DataSetName`."""


def open_data_set(
    root: str | Path,
    name: str = "auto",
    parts: PartsMode = "none",
    modality: Modality = "rgb",
    test_share: float = TEST_SHARE,
) -> PeopleDataSet:
    """Find the images of a data set, with who is on them and under which camera; none is opened.

    Args:
        root: The folder, as it is handed out, of one's own photos, or a table's file; docs/datasets.md has the layouts.
        name: One of `DATA_SETS`, or "auto" for the one whose layout the folder has.
        parts: Which part maps are looked for: "required" leaves out training images without one, "where_there" leaves
            none out, "none" looks for none; see `PartsMode`.
        modality: "rgb", or "sketch" for contour sketches, which PRCC's layout alone has a place for.
        test_share: Share of the people that are test people, 0..1, where the data set does not say who is.

    Returns:
        The data set: `train`, `query` and `gallery` are lists of `ImageRecord`, `settings` says how it is evaluated,
        and `skipped` what was left out, and why.

    Raises:
        MissingFolderError: The folder has no known layout, or lacks a folder of its data set's.
        DataSetError: The name is unknown, the data set has no sketches, or the data set does not hold what it should.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as root:
        ...     for image in ("train/001_1_c1_000001.png", "query/094_1_c9_015923.png", "test/094_2_c3_000042.png"):
        ...         Path(root, image).parent.mkdir()
        ...         Path(root, image).touch()
        ...     data = open_data_set(root)
        >>> data.name, [setting.name for setting in data.settings]
        ('ltcc', ['cross', 'same', 'standard'])
        >>> data.query[0].identity, data.query[0].camera, data.query[0].clothes
        (94, '9', 1)
    """
    root = Path(root)
    if name == "auto":
        name = recognise(root)
    if name not in DATA_SETS:
        raise DataSetError(f"there is no data set {name!r}: {nearest(name, DATA_SETS)}")
    kind = DATA_SETS[name]
    if issubclass(kind, PRCC):
        return kind(root, parts, modality)
    if modality != "rgb":
        raise DataSetError(
            f"{name} has no place for contour sketches: set data.modality rgb, or use data laid out as PRCC"
        )
    return kind(root, parts, test_share)


def recognise(root: Path) -> str:
    """Return the name of the data set whose layout a folder has.

    Raises:
        MissingFolderError: The folder has no layout that is known; the message says which are, and names a folder
            above or below that has one.
    """
    name = _layout(root)
    near = _near(root) if root.is_dir() else []
    # A part of a published data set may look like a folder of people.
    if name is not None and (name != People.name or not near):
        return name
    known = f"PRCC or any other data set that ccreid reads ({', '.join(DATA_SETS)})"
    if not root.exists():
        raise MissingFolderError(
            f"{root} is not laid out like {known}, it does not exist: give the folder of a data set, or make one with "
            "`ccreid render`"
        )
    advice = f"give {near[0]}" if near else "see docs/datasets.md for the layouts, and say which one with data.dataset"
    raise MissingFolderError(f"{root} is not laid out like {known}: {advice}")


def holds_images_itself(root: Path) -> bool:
    """Whether a data set's tree of images begins at its root, so that its part maps lie in it, under parts."""
    try:
        return DATA_SETS[recognise(root)].images == "."
    except MissingFolderError:
        return False


def _near(root: Path) -> list[Path]:
    """Return the folders above and below that have a published data set's layout."""
    folders = (root.absolute().parent, *sorted(path for path in root.iterdir() if path.is_dir()))
    return [folder for folder in folders if _layout(folder) not in {None, Table.name, People.name}]


def _layout(root: Path) -> str | None:
    return next((name for name, kind in DATA_SETS.items() if kind.recognises(root)), None)
