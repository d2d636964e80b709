"""The GPU row without a GPU."""

from extras import needs

needs("train")

import pytest
import torch
from benchmarks.load_script import load_script

measuring = load_script("measuring")
load_script("peers")
training_step = load_script("training_step")
gpu = load_script("gpu")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_each_line_is_a_share_of_what_bounds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_step, "HEIGHT", 32)
    monkeypatch.setattr(training_step, "WIDTH", 16)
    monkeypatch.setattr(gpu, "REPEATS", 1)
    monkeypatch.setattr(gpu, "WARM", 0)
    row = measuring.Row("gpu", "On a GPU", [])
    gpu.measure(row, torch.device("cpu"), None, gpu.QUICK_SIZES)
    ceilings, lines = row.cases[:3], row.cases[3:]
    assert [case.unit for case in ceilings] == ["TFLOP/s", "TFLOP/s", "GB/s"]
    assert all(case.median("ours") > 0 for case in ceilings)
    assert len(lines) == 8
    for case in lines:
        limit = next(name for name in case.readings if name.startswith("limit: "))
        assert case.ratio(limit) > 0


def test_without_a_gpu_nothing_is_written(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr("sys.argv", ["gpu.py"])
    gpu.main()
    assert "no CUDA device" in capsys.readouterr().out
