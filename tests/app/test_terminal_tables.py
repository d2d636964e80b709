from dataclasses import replace

import pytest

from ccreid.app.terminal_tables import print_results
from ccreid.evaluation.results import ResultRow

ROW = ResultRow("baseline", 0, "standard", "all-gallery", 0.5, 0.75, 1.0, 0.25, 0.125, 40, 2)


def test_the_matches_that_do_not_count_are_said_below_the_table_once(capsys: pytest.CaptureFixture[str]) -> None:
    camera, image = "matches of the query's camera are dropped", "no cameras are known: no match is dropped"
    rows = [
        replace(ROW, dropped=camera),
        replace(ROW, dropped=camera, seed=1),
        replace(ROW, dropped=camera, setting="same"),
        replace(ROW, dropped=image, setting="cross"),
        replace(ROW, protocol="single-shot"),
    ]
    print_results(rows, "results")
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if "dropped" in line] == [f"standard, same: {camera}", f"cross: {image}"]
    assert "tracks" not in "".join(shown)


def test_it_is_said_that_queries_are_tracks(capsys: pytest.CaptureFixture[str]) -> None:
    print_results([replace(ROW, unit="tracks", absent_gallery=3)], "results")
    shown = capsys.readouterr().out
    assert "queries are tracks, looked for among tracks, each by the mean of its images' features" in shown
    assert "in 3 gallery tracks" in shown
