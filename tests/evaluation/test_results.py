import json
import math
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccreid.evaluation import Provenance, ResultRow, ResultsError, read_results, write_results
from ccreid.evaluation.results import mean_spread, over_seeds, read_sourced_results, results_tree

ROW = ResultRow("baseline", 0, "cross", "all-gallery", 0.5, 0.75, 1.0, 0.25, 0.125, 40, 2)


def _from(date: str) -> Provenance:
    return {
        "commit": None,
        "dirty": None,
        "versions": {"python": "3.11.0"},
        "data": "0" * 64,
        "command": "ccreid train baseline",
        "date": date,
        "machine": "Linux",
    }


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows = [ROW, replace(ROW, protocol="single-shot", R1=1 / 3)]
    write_results(tmp_path / "new" / "results.json", rows, _from("one"))
    assert read_results(tmp_path / "new" / "results.json") == rows
    assert [path.name for path in (tmp_path / "new").glob("[!.]*")] == ["results.json"]


def test_the_file_has_tidy_rows_that_point_to_their_run(tmp_path: Path) -> None:
    write_results(tmp_path / "results.json", [ROW], _from("one"))
    tree = json.loads((tmp_path / "results.json").read_text())
    assert tree["rows"] == [
        {
            "recipe": "baseline",
            "seed": 0,
            "setting": "cross",
            "protocol": "all-gallery",
            "R1": 0.5,
            "R5": 0.75,
            "R10": 1.0,
            "mAP": 0.25,
            "mINP": 0.125,
            "queries": 40,
            "skipped": 2,
            "absent_queries": 0,
            "absent_gallery": 0,
            "dataset": "",
            "unit": "images",
            "dropped": "",
            "run": 0,
        }
    ]
    assert tree["runs"] == [_from("one")]


def test_rows_keep_where_each_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    rows = [(ROW, _from("one")), (replace(ROW, seed=1), _from("two")), (replace(ROW, setting="same"), _from("one"))]
    path.write_text(json.dumps(results_tree(rows)))
    assert read_sourced_results(path) == rows
    assert len(json.loads(path.read_text())["runs"]) == 2


def test_other_rows_stay_and_rows_of_the_same_key_are_replaced_with_their_run(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    other_seed, other_recipe = replace(ROW, seed=1), replace(ROW, recipe="pixel_sampling")
    write_results(path, [ROW, other_seed], _from("one"))
    write_results(path, [other_recipe], _from("two"))
    write_results(path, [replace(ROW, R1=0.75)], _from("three"))
    assert read_results(path) == [replace(ROW, R1=0.75), other_seed, other_recipe]
    tree = json.loads(path.read_text())
    dates = [tree["runs"][row["run"]]["date"] for row in tree["rows"]]
    assert dates == ["three", "one", "two"]
    write_results(path, [other_seed], _from("four"))
    assert [run["date"] for run in json.loads(path.read_text())["runs"]] == ["three", "four", "two"]


def test_rows_of_other_data_sets_stay(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    ltcc, market = replace(ROW, dataset="ltcc"), replace(ROW, dataset="market1501")
    for row in (ltcc, market, replace(ltcc, R1=0.75)):
        write_results(path, [row], _from("one"))
    assert read_results(path) == [replace(ltcc, R1=0.75), market]


def test_a_row_that_does_not_say_its_data_set_gives_way_to_one_that_does(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results(path, [ROW, replace(ROW, seed=1)], _from("one"))
    write_results(path, [replace(ROW, dataset="prcc")], _from("two"))
    assert read_results(path) == [replace(ROW, seed=1), replace(ROW, dataset="prcc")]


def test_rows_of_files_from_before_they_said_what_was_dropped_are_read(tmp_path: Path) -> None:
    tree = results_tree([(ROW, _from("one"))])
    del tree["rows"][0]["unit"], tree["rows"][0]["dropped"]
    (tmp_path / "results.json").write_text(json.dumps(tree))
    assert read_results(tmp_path / "results.json") == [ROW]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "results.json"
    write_results(path, [ROW], _from("one"))

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_results(path, [replace(ROW, seed=1)], _from("two"))
    assert read_results(path) == [ROW]


def _write_a_hundred_rows(path: Path, first: int, start: Any) -> None:
    start.wait()
    for seed in range(first, first + 100):
        write_results(path, [replace(ROW, seed=seed)], _from("one"))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="new processes would spend their time on importing torch")
def test_two_processes_that_each_write_a_hundred_times_lose_no_row(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    context = multiprocessing.get_context("fork")
    start = context.Barrier(2)
    writing = [context.Process(target=_write_a_hundred_rows, args=(path, first, start)) for first in (0, 100)]
    for process in writing:
        process.start()
    for process in writing:
        process.join()
    assert [process.exitcode for process in writing] == [0, 0]
    assert sorted(row.seed for row in read_results(path)) == list(range(200))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "other", "rows": [], "runs": []}', '{"format": "ccreid-results-1", "rows": [{}]}'],
)
def test_another_file_is_neither_read_nor_overwritten(text: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(ResultsError, match=r"results\.json is not a results file"):
        read_results(path)
    with pytest.raises(ResultsError, match=r"results\.json is not a results file"):
        write_results(path, [ROW], _from("one"))
    assert path.read_text() == text


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.json"):
        read_results(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"setting": "other"}, "expected cross or same or standard"),
        ({"protocol": "multi-shot"}, "expected all-gallery or single-shot"),
        ({"unit": "videos"}, "expected images or tracks"),
        ({"R1": 65.8}, "R1 of 'baseline' is 65.8, expected a fraction"),
        ({"mAP": float("nan")}, "mAP of 'baseline' is nan"),
        ({"skipped": -1}, "-1 skipped"),
    ],
)
def test_rows_that_cannot_be_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ResultsError, match=message):
        replace(ROW, **changed)


ROW_SUMMARY = ResultRow("baseline", 0, "cross", "all-gallery", 0.2, 0.5, 0.6, 0.3, 0.1, 10, 0)


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
        ROW_SUMMARY,
        replace(ROW_SUMMARY, seed=1, R1=0.4),
        replace(ROW_SUMMARY, recipe="other", R1=0.9),
        replace(ROW_SUMMARY, setting="same", R1=0.9),
        replace(ROW_SUMMARY, protocol="single-shot", R1=0.9),
    ]
    assert over_seeds(rows, "baseline", "cross", "all-gallery", "R1").mean == pytest.approx(0.3)


def test_a_missing_result_is_named() -> None:
    with pytest.raises(ValueError, match="no result of 'pcb'"):
        over_seeds([ROW_SUMMARY], "pcb", "cross", "all-gallery", "R1")
    with pytest.raises(ValueError, match="at least one value"):
        mean_spread([])
