"""What the tests of the rendered people share; the body is loaded once for all of them."""

import numpy as np
import pytest

from ccreid.wardrobe.body import Body
from ccreid.wardrobe.body_cache import load_body
from ccreid.wardrobe.figure import Figure
from ccreid.wardrobe.identity import Identity, sample_identity
from ccreid.wardrobe.outfit import Outfit, sample_outfit


@pytest.fixture(scope="session")
def body() -> Body:
    return load_body()


def draw(seed: int) -> tuple[Identity, Outfit]:
    rng = np.random.default_rng(seed)
    identity = sample_identity(rng)
    return identity, sample_outfit(rng, identity)


@pytest.fixture(scope="session")
def figures(body: Body) -> list[tuple[Identity, Outfit, Figure]]:
    return [(*draw(seed), Figure(body, *draw(seed))) for seed in range(24)]
