import subprocess
import sys

import numpy as np

from ccreid.peak_memory import peak_gpu_memory, peak_host_memory


def test_memory_that_was_freed_counts() -> None:
    before = peak_host_memory()
    if before is None:
        return
    filled = np.ones(60_000_000 + before, np.uint8)
    del filled
    after = peak_host_memory()
    assert after is not None
    assert after >= before + 50_000_000


def test_the_memory_of_the_process_that_started_this_one_does_not_count() -> None:
    filled = np.ones(500_000_000, np.uint8)
    code = "from ccreid.peak_memory import peak_host_memory; print(peak_host_memory())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert len(filled)
    assert said == "None" or int(said) < 490_000_000


def test_without_a_gpu_there_is_no_gpu_memory() -> None:
    assert peak_gpu_memory() is None or peak_gpu_memory() > 0  # type: ignore[operator]
