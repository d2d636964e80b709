"""Which runs are scored, and what a table says of their seeds."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from benchmarks.load_script import load_script

load_script("result_files")
load_script("photo_probes")
runs = load_script("runs_on_photos")


def _scored(value: float) -> dict[str, Any]:
    probe = {name: {"value": value, "interval": [value - 0.1, value + 0.1]} for name in ("R1", "R5", "mAP")}
    return {"clothes_change": probe, "market1501": probe}


def test_finished_runs_are_scored_by_each_way_of_asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in ("baseline/seed0", "baseline/seed1", "other/seed0"):
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "model.safetensors").touch()
    (tmp_path / "baseline/seed2").mkdir()  # has not ended
    monkeypatch.setattr(
        runs, "scores_of_run", lambda run, photos: {run.parent.name: _scored(0.2), "asked otherwise": _scored(0.3)}
    )
    with ThreadPoolExecutor(2) as workers:
        found = runs.measured(["other", "baseline"], tmp_path, Path("photos"), workers)
    assert {way: [one["seed"] for one in seeds] for way, seeds in found.items()} == {
        "other": ["0"],
        "asked otherwise": ["0", "0", "1"],
        "baseline": ["0", "1"],
    }


def test_a_row_has_mean_and_spread_of_its_seeds_and_the_mean_of_their_intervals() -> None:
    seeds = [{"seed": "0", **_scored(0.2)}, {"seed": "1", **_scored(0.4)}]
    run = {"command": "c", "machine": "m", "versions": {}, "data": "d" * 64, "commit": None}
    last = runs.section({"market": {"baseline": seeds}}, run).splitlines()[-1]
    assert last.startswith("| market | `baseline` | 0, 1 | 30.0 ± 14.1 (20 to 40) |")
