"""What the growth row says of sizes that it does not measure."""

import pytest
from benchmarks.load_script import load_script

measuring = load_script("measuring")
load_script("peers")
load_script("input_pipeline")
growth = load_script("growth")


def test_a_size_that_would_take_too_long_is_not_measured_and_says_what_it_would_take() -> None:
    row = measuring.Row("growth", "Growth", [])
    ran: list[float] = []
    clock = iter([0, 1.0, 10, 14.0])  # 1 s at size 1, 4 s at size 2: the square

    def prepare(scale: float) -> object:
        return lambda: ran.append(scale)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring.time, "perf_counter", lambda: next(clock))
        growth.grow(row, "work", (1.0, 2.0, 100.0), 60.0, prepare)
    assert ran == [1.0, 1.0, 2.0]  # the first is to warm up
    assert row.missing == ["work, 100 x PRCC: would take about 3 h, by the growth from 1 x to 2 x"]
    assert row.exponents["time of work"] == pytest.approx(2)


def test_a_size_that_would_not_fit_in_memory_is_not_measured() -> None:
    refused = growth.too_much([1, 2], [1, 1], [10, 40], 1000, 60)
    assert refused.startswith("would need about 10000000 GB")
    assert growth.too_much([1, 2], [1, 1], [0.01, 0.01], 4, 60) == ""
