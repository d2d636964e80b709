"""Opening a data set by its name, or by the layout of its folder."""

from pathlib import Path
from typing import Final, Literal

from ccreid.datasets.celeb_reid import CelebReID
from ccreid.datasets.deepchange import DeepChange
from ccreid.datasets.last import LaST
from ccreid.datasets.ltcc import LTCC
from ccreid.datasets.market1501 import Market1501
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import DataSetError, MissingFolderError, Modality
from ccreid.datasets.vc_clothes import VCClothes
from ccreid.errors import nearest

DATA_SETS: Final[dict[str, type[PeopleDataSet]]] = {
    "prcc": PRCC,
    "ltcc": LTCC,
    "vc_clothes": VCClothes,
    "celeb_reid": CelebReID,
    "deepchange": DeepChange,
    "last": LaST,
    "market1501": Market1501,
}
"""The data sets by the name that a recipe and the command line use."""


def open_data_set(
    root: str | Path,
    name: str = "auto",
    parts: Literal["required", "none"] = "none",
    modality: Modality = "rgb",
) -> PeopleDataSet:
    """Read a data set's folder.

    Args:
        root: The folder.
        name: One of `DATA_SETS`, or auto for the one whose layout the folder has.
        parts: "required" leaves out training images without a part map; "none" looks for no part maps.
        modality: rgb, or sketch for contour sketches, which PRCC's layout alone has a place for.

    Raises:
        MissingFolderError: The folder has no known layout, or lacks a folder of its data set's.
        DataSetError: The name is unknown, the data set has no sketches, or the data set does not hold what it should.
    """
    root = Path(root)
    if name == "auto":
        name = recognise(root)
    if name not in DATA_SETS:
        raise DataSetError(f"there is no data set {name!r}: {nearest(name, DATA_SETS)}")
    if modality == "rgb":
        return DATA_SETS[name](root, parts=parts)
    if name != "prcc":
        raise DataSetError(
            f"{name} has no place for contour sketches: set data.modality rgb, or use data laid out as PRCC"
        )
    return PRCC(root, parts, modality)


def recognise(root: Path) -> str:
    """Return the name of the data set whose layout a folder has.

    Raises:
        MissingFolderError: The folder has no layout that is known; the message says which are, and names a folder
            above or below that has one.
    """
    name = _layout(root)
    if name is not None:
        return name
    known = f"PRCC or any other data set that ccreid reads ({', '.join(DATA_SETS)})"
    if not root.is_dir():
        raise MissingFolderError(
            f"{root} is not laid out like {known}, it does not exist: give the folder of a data set, or make one with "
            "`ccreid render`"
        )
    near = [folder for folder in (root.absolute().parent, *sorted(root.iterdir())) if _layout(folder) is not None]
    advice = f"give {near[0]}" if near else "see docs/datasets.md for the layouts, and say which one with data.dataset"
    raise MissingFolderError(f"{root} is not laid out like {known}: {advice}")


def holds_images_itself(root: Path) -> bool:
    """Whether a data set's tree of images begins at its root, so that its part maps lie in it, under parts."""
    name = _layout(root)
    return name is not None and DATA_SETS[name].images == "."


def _layout(root: Path) -> str | None:
    return next((name for name, kind in DATA_SETS.items() if kind.recognises(root)), None)
