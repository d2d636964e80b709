import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="forks")]

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "warm_start.py"


def test_each_line_runs_a_command_and_its_number_and_status_are_said(tmp_path: Path) -> None:
    asked = [{"words": ["info"], "log": f"{tmp_path}/a"}, {"words": ["train", "no_recipe"], "log": f"{tmp_path}/b"}]
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        input="".join(json.dumps(one) + "\n" for one in asked),
        capture_output=True,
        text=True,
        check=True,
    )
    first, status, second, other = map(int, done.stdout.split())
    assert first != second
    assert (status, other) == (0, 1)
    assert "torch" in (tmp_path / "a").read_text()
    assert "no_recipe" in (tmp_path / "b").read_text()
