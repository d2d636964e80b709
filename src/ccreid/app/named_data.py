"""Data sets that a command line names, each by its folder or table, or by a name of the user's."""

from collections.abc import Sequence
from pathlib import Path

from ccreid.datasets.left_out import say_left_out
from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import PartsMode
from ccreid.models.reid_model import ReIDModel


def open_named(model: ReIDModel, words: Sequence[str]) -> dict[str, PeopleDataSet]:
    """Open data sets as a model takes them; what is left out is said on stderr.

    Args:
        model: Says the modality, whether part maps are needed, and the share of test people where a data set does not.
        words: Paths, or NAME=PATH.

    Returns:
        The data sets by name, that of the folder or table where none is given.

    Raises:
        DataSetError: A data set does not hold what it should.
    """
    own = model.recipe.data
    parts: PartsMode = "required" if model.network.reads_parts == "always" else "none"
    found: dict[str, PeopleDataSet] = {}
    for word in words:
        name, separated, path = word.partition("=")
        root = Path(path if separated else word)
        opened = open_data_set(root, "auto", parts, own.modality, own.test_share)
        found[name if separated else root.absolute().stem] = say_left_out(opened)
    return found
