"""Trained models that are shown beside each other: named apart, and the data set that they are shown on."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ccreid.datasets.open_data import DATA_SETS
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import DataSetError, Modality
from ccreid.errors import BadValueError
from ccreid.models.reid_model import ReIDModel


def model_labels(models: Sequence[ReIDModel]) -> list[str]:
    """Return each model's recipe, with the seed where a recipe comes more than once, and a number where that does."""
    names = _apart([model.recipe.name for model in models], [f", seed {model.recipe.seed}" for model in models])
    return _apart(names, [f", {number}" for number in range(1, len(models) + 1)])


def data_root(model: ReIDModel, path: Path, chosen: Path | None) -> Path:
    """Return the data set's folder: the chosen one, or the one that the model was trained on.

    Args:
        model: The model.
        path: Its file, for the error.
        chosen: The folder that was asked for.

    Raises:
        ValueError: None was chosen and the model does not say.
    """
    root = chosen or model.recipe.data.root
    if root is None:
        raise BadValueError(f"{path} does not say what it was trained on: give --data FOLDER")
    return root


def shown_data(root: Path, modality: Modality = "rgb") -> PRCC:
    """Open the data set that models are shown on, whose queries in other clothes are looked at.

    Args:
        root: A folder in PRCC's layout.
        modality: Of the images.

    Raises:
        DataSetError: The folder has another layout, or not what it should have.
    """
    if not PRCC.recognises(root):
        others = [name for name, kind in DATA_SETS.items() if kind.recognises(root)]
        if others:
            raise DataSetError(
                f"{root} is laid out like {others[0]}, but what models look at and find is shown in PRCC's alone: "
                "give such a folder, as `ccreid render` makes one"
            )
    return PRCC(root, modality=modality)


def _apart(names: Sequence[str], endings: Sequence[str]) -> list[str]:
    counts = Counter(names)
    return [name + ending if counts[name] > 1 else name for name, ending in zip(names, endings, strict=True)]
