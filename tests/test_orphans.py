import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ccreid.orphans import leave_with_parent

pytestmark = pytest.mark.slow

# A pool's process, which waits for work after its parent was killed.
_PARENT = """
import multiprocessing, sys, time
from concurrent.futures import ProcessPoolExecutor
from ccreid.orphans import leave_with_parent
import os

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=leave_with_parent)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


def test_a_process_leaves_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        deadline = time.monotonic() + 60
        while _lives(child) and time.monotonic() < deadline:
            time.sleep(0.02)
        left = not _lives(child)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    assert left


def _lives(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_process_without_such_a_parent_stays() -> None:
    leave_with_parent()
