import platform
import subprocess
import sys

import pytest

from ccreid.app import cli

# Takes and frees 40 MB again and again, and says how many pages the last time had to be handed out by the kernel: a
# block is first freed beside others that it cannot be joined with, so the first times differ from run to run.
CODE = """
import resource
import torch
from ccreid.kept_memory import keep_freed_memory

def take() -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(10_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if {keep}:
    assert keep_freed_memory()
print([take() for _ in range(40)][-1])
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_freed_memory_is_used_again_without_asking_the_kernel() -> None:
    kept, given_back = (
        int(subprocess.run([sys.executable, "-c", CODE.format(keep=keep)], capture_output=True, check=True).stdout)
        for keep in (True, False)
    )
    # 40 MB are 9,766 pages of 4 KiB, fewer where the kernel hands out larger ones.
    assert kept < 10
    assert given_back > kept


@pytest.fixture(scope="module")
def done_by_a_command_in_a_modules_fixture() -> bool:
    return cli.keep_freed_memory()


def test_commands_in_this_process_keep_nothing_for_the_tests_after_them(
    done_by_a_command_in_a_modules_fixture: bool,
) -> None:
    assert not done_by_a_command_in_a_modules_fixture
