from extras import needs

needs("train")

from pathlib import Path

import pytest
from benchmarks.load_script import load_script

pytestmark = pytest.mark.slow

torture = load_script("torture")
repeated = load_script("repeated_training")

NAME = "pixel_sampling_mse"


@pytest.mark.answers("numbers", "the same seed, another PYTHONHASHSEED, and a stop")
def test_a_seed_gives_the_same_weights_under_another_hash_seed_and_after_stops(tmp_path: Path) -> None:
    data = torture.make_people(tmp_path / "data")
    whole = repeated.digests([NAME], data)
    assert repeated.digests_elsewhere([NAME], data) == whole
    # After an epoch, and in the middle of one.
    assert repeated.stops_lost(NAME, data, whole[NAME], [2, 3]) == []
    assert repeated.stops_lost(NAME, data, "another run's", [2]) == [2]


def test_every_recipe_that_learns_is_trained() -> None:
    assert {"best", "gi_reid", "sketchnet", "released_code"} <= set(repeated.LEARNING)
    assert "face" not in repeated.LEARNING
