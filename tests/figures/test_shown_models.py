from pathlib import Path

import pytest
from models.ready_model import ready_model

from ccreid.figures.shown_models import data_root, model_labels
from ccreid.models.network import ReIDNetwork
from ccreid.models.reid_model import ReIDModel


def _model(name: str, seed: int) -> ReIDModel:
    return ready_model(ReIDNetwork(), name=name, seed=seed)


def test_models_are_named_by_what_tells_them_apart() -> None:
    models = [_model("pcb", 0), _model("hpm", 0), _model("hpm", 1), _model("mgn", 2), _model("mgn", 2)]
    assert model_labels(models) == ["pcb", "hpm, seed 0", "hpm, seed 1", "mgn, seed 2, 4", "mgn, seed 2, 5"]


def test_the_chosen_data_set_goes_over_the_models_own() -> None:
    model = _model("pcb", 0)
    with pytest.raises(ValueError, match=r"a\.safetensors does not say .* --data FOLDER"):
        data_root(model, Path("a.safetensors"), None)
    own = _model("pcb", 0)
    own.recipe.data.root = Path("own")
    assert data_root(own, Path("a"), None) == Path("own")
    assert data_root(own, Path("a"), Path("chosen")) == Path("chosen")
