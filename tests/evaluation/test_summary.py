import math
from dataclasses import replace

import pytest

from ccreid.evaluation.results import ResultRow
from ccreid.evaluation.summary import mean_spread, over_seeds

ROW = ResultRow("baseline", 0, "cross", "all-gallery", 0.2, 0.5, 0.6, 0.3, 0.1, 10, 0)


def test_the_spread_is_the_sample_standard_deviation() -> None:
    spread = mean_spread([0.1, 0.2, 0.4])
    assert spread.mean == pytest.approx(0.7 / 3)
    assert spread.deviation == pytest.approx(
        math.sqrt(((0.1 - 0.7 / 3) ** 2 + (0.2 - 0.7 / 3) ** 2 + (0.4 - 0.7 / 3) ** 2) / 2)
    )
    assert spread.percent() == "23.3 ± 15.3"


def test_one_seed_has_no_spread() -> None:
    assert math.isnan(mean_spread([0.5]).deviation)
    assert mean_spread([0.5]).percent() == "50.0"


def test_only_the_rows_that_fit_are_averaged() -> None:
    rows = [
        ROW,
        replace(ROW, seed=1, R1=0.4),
        replace(ROW, recipe="other", R1=0.9),
        replace(ROW, setting="same", R1=0.9),
        replace(ROW, protocol="single-shot", R1=0.9),
    ]
    assert over_seeds(rows, "baseline", "cross", "all-gallery", "R1").mean == pytest.approx(0.3)


def test_a_missing_result_is_named() -> None:
    with pytest.raises(ValueError, match="no result of 'pcb'"):
        over_seeds([ROW], "pcb", "cross", "all-gallery", "R1")
    with pytest.raises(ValueError, match="at least one value"):
        mean_spread([])
