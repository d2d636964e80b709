import subprocess
import sys

import numpy as np
import pytest

from ccreid.peak_memory import peak_gpu_memory


def _said_by_a_new_process(code: str) -> list[str]:
    """Return the words that code prints in a process of its own, whose peak is no other test's."""
    whole = f"from ccreid.peak_memory import peak_host_memory; import numpy as np; {code}"
    return subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.slow
def test_memory_that_was_freed_counts() -> None:
    code = "before = peak_host_memory() or 0; np.ones(before + 60_000_000, np.uint8); print(before, peak_host_memory())"
    before, after = _said_by_a_new_process(code)
    assert after == "None" or int(after) >= int(before) + 50_000_000


@pytest.mark.slow
def test_the_memory_of_the_process_that_started_this_one_does_not_count() -> None:
    filled = np.ones(500_000_000, np.uint8)
    (said,) = _said_by_a_new_process("print(peak_host_memory())")
    assert len(filled)
    assert said == "None" or int(said) < 490_000_000


def test_without_a_gpu_there_is_no_gpu_memory() -> None:
    assert peak_gpu_memory() is None or peak_gpu_memory() > 0  # type: ignore[operator]
