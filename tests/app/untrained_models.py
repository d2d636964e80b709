"""Models that nobody trained, saved as runs leave them beside a made data set."""

from pathlib import Path

import torch
from datasets.make_prcc import make_prcc, write_truth

from ccreid.models import build_model
from ccreid.models.checkpoint import save_checkpoint
from ccreid.recipe import Recipe

SYSTEMS = ("baseline", "stn")


def save_untrained_models(root: Path) -> list[str]:
    """Write a rendered-looking data set to root/data and a model of each system beside it; return the models' files."""
    make_prcc(root / "data", train_identities=4, test_identities=3)
    write_truth(root / "data", [0.0, -1.5, 3.1])
    return [_save(root, system) for system in SYSTEMS]


def _save(root: Path, system: str) -> str:
    torch.manual_seed(0)
    recipe = Recipe(name=system)
    recipe.data.root, recipe.data.height, recipe.data.width = root / "data", 32, 16
    recipe.model.system, recipe.model.backbone, recipe.model.weights = system, "resnet18", "none"
    path = root / system / "model.safetensors"
    save_checkpoint(path, build_model(system, 4, "resnet18"), recipe, epoch=1)
    return str(path)
