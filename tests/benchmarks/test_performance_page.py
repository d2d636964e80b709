"""The page of the speed rows, from made readings."""

import json
import os
import sys
from pathlib import Path

import pytest
from benchmarks.load_script import load_script

measuring, page = load_script("measuring"), load_script("performance_page")
OURS, Case, Row = measuring.OURS, measuring.Case, measuring.Row

SECONDS = Case("ranking", "s", {OURS: [2.0, 1.0, 9.0], "peer": [11.0], "limit: product": [1.0]}, {"peer": 5})
RATE = Case("loading", "images/s", {OURS: [300.0], "peer": [100.0]}, {"peer": 4}, "all pixels equal")


def test_a_ratio_says_how_many_times_better_we_are_and_of_a_limit_the_share() -> None:
    assert SECONDS.ratio("peer") == 5.5
    assert SECONDS.ratio("limit: product") == 0.5
    assert RATE.ratio("peer") == 3
    assert SECONDS.missed() == []
    assert RATE.missed() == ["peer"]


def test_a_missed_target_comes_with_what_holds_it() -> None:
    case = Case("loading", "images/s", RATE.readings, {"peer": 4}, held_by="the disk")
    assert case.missed_line() == "missed: 4 x peer; the disk"


def test_a_process_of_its_own_answers_what_it_is_asked() -> None:
    with measuring.Elsewhere() as process:
        there = process(os.getpid)
        assert process(os.getpid) == there != os.getpid()


def test_contenders_take_turns() -> None:
    order: list[str] = []
    runs = {name: lambda name=name: order.append(name) for name in ("a", "b")}
    seconds = measuring.alternate(runs, 2)
    assert order == ["a", "b"] * 3  # the first of each warms up
    assert {name: len(readings) for name, readings in seconds.items()} == {"a": 2, "b": 2}


def test_growth_is_the_power_that_costs_follow() -> None:
    assert measuring.exponent([1, 10, 100], [3, 300, 30_000]) == pytest.approx(2)


@pytest.mark.slow
def test_peak_memory_sees_what_is_given_back() -> None:
    with measuring.peak_memory() as grown:
        block = bytearray(300_000_000)
        block[:] = b"x" * len(block)
        del block
    assert 0.25 < grown[0] < 1.5


def test_the_page_holds_every_reading_and_says_what_was_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = Row("evaluation", "Evaluation", [SECONDS, RATE], "A remark.", {"peer": "abc"}, ["no other"], {"time": 1.987})
    measuring.finish(row, tmp_path)
    assert json.loads((tmp_path / "evaluation.json").read_text())["cases"][0]["readings"][OURS] == [2.0, 1.0, 9.0]
    monkeypatch.setattr(sys, "argv", ["performance_page.py", str(tmp_path), str(tmp_path / "performance.md")])
    page.main()
    text = (tmp_path / "performance.md").read_text()
    for part in (
        "## Evaluation",
        "| ranking | s | ours | 2 | 3 |  |  |",
        "|  |  | peer | 11 | 1 | 5.50 | 5 |",
        "| loading | images/s | ours | 300 | 1 |  |  |",
        "|  |  | peer | 100 | 1 | 3.00 | 4, missed |",
        "loading: missed: 4 x peer; what holds it was not looked into.",
        "loading: all pixels equal.",
        "Time grows as size^1.99.",
        "Not measured: no other.",
        "A remark.",
        "peer at `abc`",
        "`ccreid bench evaluation --peers DIR`",
        "## On a GPU",
    ):
        assert part in text
    capsys.readouterr()


def test_a_folder_without_readings_makes_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["performance_page.py", str(tmp_path), str(tmp_path / "performance.md")])
    with pytest.raises(SystemExit, match="holds no readings"):
        page.main()
