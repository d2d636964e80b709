"""The most memory that this process has had, in the machine and on the GPU."""

import sys
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")


def peak_host_memory() -> int | None:
    """Return the most bytes that this process alone has had in main memory, or None where the system does not say."""
    if _STATUS.is_file():
        # What getrusage says on Linux may be of the process that started this one.
        lines = [line for line in _STATUS.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:")]
        if lines:
            return int(lines[0].split()[1]) * 1024
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def peak_gpu_memory() -> int | None:
    """Return the most bytes that tensors of this process took on the current GPU, or None where CUDA was not used."""
    import torch  # the machine's memory is told without

    return (torch.cuda.max_memory_allocated() or None) if torch.cuda.is_available() else None
