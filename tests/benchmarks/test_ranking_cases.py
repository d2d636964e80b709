import json
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.load_script import load_script

ranking_cases = load_script("ranking_cases")


@pytest.mark.answers("numbers", "ranking beside an independent program, 40 cases with the tests")
def test_cases_agree_and_are_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["ranking_cases", "--cases", "40", "--out", str(tmp_path / "a.json")])
    with pytest.raises(SystemExit, match=r"0|False"):
        ranking_cases.main()
    (row,) = json.loads((tmp_path / "a.json").read_text())
    assert (row["outcome"], row["lost"]) == ("40 of 40 cases agree", 0)


def test_a_case_that_differs_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evaluation import test_ranking

    def differ(**case: object) -> None:
        assert case["cameras"]

    monkeypatch.setattr(test_ranking, "assert_agrees_with_plain_python", differ)
    monkeypatch.setattr(sys, "argv", ["ranking_cases", "--cases", "9", "--out", str(tmp_path / "a.json")])
    with pytest.raises(SystemExit, match=r"1|True"):
        ranking_cases.main()
    rng = np.random.default_rng(0)
    cameras = sum(ranking_cases.drawn(rng)["cameras"] for _ in range(9))
    assert json.loads((tmp_path / "a.json").read_text())[0]["lost"] == 9 - cameras
