"""How photos of people in other clothes are searched, and what is drawn of them."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.load_script import load_script

load_script("seed_runs")
probes = load_script("photo_probes")

NAMES = ["001_a.jpg", "001_b.jpg", "002_c.jpg", "002_d.jpg", "003_e.jpg", "other_f.jpg"]


def test_each_photo_of_somebody_with_another_photo_searches_all_others() -> None:
    # 001 find each other first; 002_c meets the stranger before 002_d, which finds 002_c at once.
    features = np.array([[1, 0, 0], [0.9, 0.1, 0], [0, 1, 0], [0, 0.6, 0.6], [1, 0, 1], [0, 1, 0.1]], np.float32)
    found = probes.changed([Path(name) for name in NAMES], features)
    assert (found["queries"], found["people"]) == (4, 2)
    assert found["R1"]["value"] == pytest.approx(0.5)
    assert found["R5"]["value"] == 1
    assert found["R1"]["interval"] == [0, 1]


def test_a_query_that_nobody_matches_is_left_out_of_the_draws_too() -> None:
    records = probes.changed([Path(name) for name in NAMES], np.eye(6, dtype=np.float32))
    assert records["queries"] == 4


def test_market_says_who_and_where_in_the_file_name(tmp_path: Path) -> None:
    (tmp_path / "0007_c3s1_000451_03.jpg").touch()
    (record,) = probes.market(tmp_path)
    assert (record.identity, record.camera) == (7, "3")
