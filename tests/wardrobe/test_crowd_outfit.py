"""What crowds wear."""

import json
from collections import Counter

import numpy as np
import pytest

from ccreid.wardrobe.crowd_outfit import sample_dress
from ccreid.wardrobe.identity import sample_identity
from ccreid.wardrobe.mesh import Pattern


@pytest.mark.slow
def test_crowds_wear_every_pattern_and_mostly_plain_cloth() -> None:
    rng = np.random.default_rng(0)
    dresses = [sample_dress(rng, sample_identity(rng)) for _ in range(500)]
    upper = Counter(dress.outfit.upper.cloth.pattern for dress in dresses)
    assert set(upper) == set(Pattern)
    assert 0.35 < upper[Pattern.PLAIN] / 500 < 0.7
    json.dumps([dress.values() for dress in dresses])
