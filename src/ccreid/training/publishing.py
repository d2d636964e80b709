"""Puts a model on the Hugging Face hub, with its card and without what it says of this machine."""

import dataclasses
import tempfile
from pathlib import Path
from typing import Final

from ccreid.models.checkpoint import MODEL_FILE
from ccreid.models.hub import push_files
from ccreid.models.reid_model import ReIDModel
from ccreid.training.model_card import model_card

CARD_FILE: Final = "README.md"


def publish(source: str | Path, name: str, private: bool = False) -> str:
    """Put a model and its card into a repository on the hub, which is made if it is not there, as one commit.

    Args:
        source: A run's folder, or its model.safetensors.
        name: USER/NAME.
        private: Of a repository that is made: show it to nobody else.

    Returns:
        The repository's address.

    Raises:
        MissingFileError: There is no such model.
        CheckpointError: The file is damaged or something else.
        BadValueError: The name is no such name.
        HubError: The hub cannot be reached or refuses.
        MissingExtraError: huggingface_hub is not installed.
    """
    model = _without_folders(ReIDModel.from_pretrained(source, "cpu"))
    card = model_card(model, Path(source), name)
    title = f"Add {model.name}"
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return push_files(name, {MODEL_FILE: Path(folder, MODEL_FILE), CARD_FILE: card.encode()}, title, private)


def _without_folders(model: ReIDModel) -> ReIDModel:
    """Return the model with a recipe that says of its files no more than their names."""
    recipe = model.recipe
    root, weights = recipe.data.root, recipe.model.weights
    data = dataclasses.replace(recipe.data, root=root and Path(root.absolute().name), pack=None)
    asked = dataclasses.replace(recipe.model, weights=Path(weights).name)
    return ReIDModel(model.network, dataclasses.replace(recipe, data=data, model=asked), model.device, model.epoch)
