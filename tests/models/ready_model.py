"""Makes a model ready to use of a network that a test wrote, and images to give it."""

import numpy as np
from numpy.typing import NDArray

from ccreid.models.network import ReIDNetwork
from ccreid.models.reid_model import ReIDModel
from ccreid.recipe import DataRecipe, Recipe


def ready_model(network: ReIDNetwork, height: int = 32, width: int = 16, name: str = "", seed: int = 0) -> ReIDModel:
    """Return the network with a recipe that says the image size, on the CPU."""
    return ReIDModel(network, Recipe(name=name, seed=seed, data=DataRecipe(height=height, width=width)), "cpu")


def colours(count: int, low: int, high: int) -> list[NDArray[np.uint8]]:
    """Return images of 32x16 pixels, each of one colour, drawn from low up to high."""
    rng = np.random.default_rng(count)
    return [np.full((32, 16, 3), rng.integers(low, high, 3), np.uint8) for _ in range(count)]
