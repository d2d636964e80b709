"""Several trained models that one command compares: read, named apart, and the data set they are shown on."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ccreid.errors import BadValueError
from ccreid.models.reid_model import ReIDModel


def model_labels(models: Sequence[ReIDModel]) -> list[str]:
    """Return each model's recipe, with the seed where a recipe comes more than once, and a number where that does."""
    names = _apart([model.recipe.name for model in models], [f", seed {model.recipe.seed}" for model in models])
    return _apart(names, [f", {number}" for number in range(1, len(models) + 1)])


def data_root(model: ReIDModel, path: Path, chosen: Path | None) -> Path:
    """Return the data set's folder: the chosen one, or the one that the model was trained on.

    Raises:
        ValueError: None was chosen and the model does not say.
    """
    root = chosen or model.recipe.data.root
    if root is None:
        raise BadValueError(f"{path} does not say what it was trained on: give --data FOLDER")
    return root


def _apart(names: Sequence[str], endings: Sequence[str]) -> list[str]:
    counts = Counter(names)
    return [name + ending if counts[name] > 1 else name for name, ending in zip(names, endings, strict=True)]
