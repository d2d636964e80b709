"""Makes a model ready to use of a network that a test wrote."""

from ccreid.models.network import ReIDNetwork
from ccreid.models.reid_model import ReIDModel
from ccreid.recipe import DataRecipe, Recipe


def ready_model(network: ReIDNetwork, height: int = 32, width: int = 16, name: str = "", seed: int = 0) -> ReIDModel:
    """Return the network with a recipe that says the image size, on the CPU."""
    return ReIDModel(network, Recipe(name=name, seed=seed, data=DataRecipe(height=height, width=width)), "cpu")
