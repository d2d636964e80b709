"""Drawing clothes."""

import json
from dataclasses import asdict

import numpy as np

from ccreid.wardrobe.identity import sample_identity
from ccreid.wardrobe.mesh import Pattern
from ccreid.wardrobe.outfit import Outfit, sample_outfit

WORN = []
for _seed in range(400):
    _rng = np.random.default_rng(_seed)
    _identity = sample_identity(_rng)
    WORN.append((_identity, sample_outfit(_rng, _identity), sample_outfit(_rng, _identity)))


def test_the_same_seed_draws_the_same_clothes() -> None:
    rng = np.random.default_rng(5)
    identity = sample_identity(rng)
    assert sample_outfit(rng, identity) == WORN[5][1]


def test_an_outfit_is_plain_values() -> None:
    for _, outfit, _ in WORN[:20]:
        assert json.loads(json.dumps(asdict(outfit)))["upper"]["style"] == outfit.upper.style


def test_own_shoes_are_kept_and_others_change() -> None:
    changed = 0
    for identity, first, second in WORN:
        if identity.shoes is not None:
            assert first.shoes == second.shoes == identity.shoes
        else:
            changed += first.shoes != second.shoes
    assert changed > 100


def test_all_garments_and_patterns_occur() -> None:
    outfits: list[Outfit] = [outfit for _, *both in WORN for outfit in both]
    assert {outfit.upper.style for outfit in outfits} == {"tshirt", "longsleeve", "coat", "hoodie", "dress"}
    assert {outfit.lower.style for outfit in outfits} == {"trousers", "shorts", "skirt"}
    # Those after PRINT are a crowd's.
    assert {outfit.upper.cloth.pattern for outfit in outfits} == {one for one in Pattern if one <= Pattern.PRINT}


def test_the_second_outfit_differs_in_colour() -> None:
    alike = [first for _, first, second in WORN if first.upper.cloth.colour == second.upper.cloth.colour]
    assert not alike
