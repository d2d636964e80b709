from extras import needs

needs("train")

import mmap
import sys

import pytest
from benchmarks.load_script import load_script

measuring = load_script("measuring")
load_script("torture")
load_script("repeated_training")
soak = load_script("soak")


def test_memory_that_grows_to_the_end_is_told_from_memory_that_is_taken_at_the_start() -> None:
    flat = [300.0, 340, 352, 355, 356, 355, 356, 356, 355, 356]
    assert soak.growth(flat) < soak.GROWTH / 4
    assert soak.growth([300.0 + 5 * reading for reading in range(10)]) > soak.GROWTH


@pytest.mark.skipif(sys.platform != "linux", reason="the memory is read from /proc")
def test_the_memory_of_this_process_is_read() -> None:
    before = measuring.resident_bytes()
    with mmap.mmap(-1, 50_000_000) as held:  # not from what this process has kept of memory that it freed
        held.write(b"x" * len(held))
        assert measuring.resident_bytes() - before > 30_000_000
