"""The model that makes features where people are looked for."""

from pathlib import Path

from ccreid.errors import BadValueError
from ccreid.models.reid_model import ReIDModel
from ccreid.models.shipped import DEFAULT, shipped_models


def chosen_model(source: Path | None, device: str) -> ReIDModel:
    """Return the model that a user chose, or the one that ships with ccreid.

    Args:
        source: A run's folder or its model.safetensors, or a shipped model's name.
        device: auto, cpu, cuda, cuda:1, ...

    Raises:
        BadValueError: None was chosen and none ships, or the device is not there.
        MissingFileError: There is no such model.
    """
    if source is None and DEFAULT not in shipped_models():
        raise BadValueError("no model was chosen: give --model RUN, the folder of a run such as runs/baseline/seed0")
    return ReIDModel.from_pretrained(DEFAULT if source is None else source, device)
