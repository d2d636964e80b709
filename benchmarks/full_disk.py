"""Runs commands on a disk that fills up, and looks at what they say and at what is left.

    python benchmarks/full_disk.py

A small file system in memory is mounted, which needs root. Each command is first given a part of the room that its
result takes: it must end with one line that says what to do, leave no half file under a whole one's name, and end well
once there is room. Then the disk is filled to the last byte and the command runs again over its good result, with
other settings where it would do nothing otherwise: whatever it says, that result stays.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from torture import FOLDER, Starter, Work, difference, leftovers, make_features, starter, works

from ccreid.atomic_files import write_atomically

SHARES: Final = (0.0, 0.4, 0.8)
"""Of the room that a result takes, what a command is given."""

_DISK: Final = 512  # MB

_OTHERWISE: Final = {"pack": ["--height=48"], "train": ["--schedule.epochs=6"]}


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system in memory for the block.

    Args:
        folder: Where; made if need be.
        megabytes: Its size.

    Raises:
        PermissionError: This user may not mount anything.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        raise PermissionError("a file system cannot be mounted: run this as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, room: int) -> Path:
    """Fill a disk but for so many bytes, and return the file that does."""
    filler = disk / "filler"
    with filler.open("wb") as file, contextlib.suppress(OSError):
        os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(disk).free - room))
    return filler


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def faults(work: Work, start: Starter, folder: Path, disk: Path) -> list[str]:
    """Run a command on a disk that is too small, and return what went wrong.

    Args:
        work: The command.
        start: Starts it.
        folder: On a disk with room.
        disk: That is filled.
    """
    folder.mkdir(exist_ok=True)
    log = folder / f"{work.name}.log"
    if start.run(work.words(folder / "whole"), log) != 0:
        raise RuntimeError(f"ccreid {work.name} does not end well: see {log}")
    whole, size = work.content(folder / "whole"), size_of(folder / "whole")
    out = disk / "out"
    found = []
    for share in SHARES:
        filler = fill(disk, round(share * size))
        status, said = _run(start, work.words(out), log)
        found += [f"with {share:.0%} of the room: {fault}" for fault in _unclear(status, said)]
        there = work.content(out) if work.files and out.exists() else {}
        found += [
            f"{name} is there and not whole" for name in there.keys() & whole.keys() if there[name] != whole[name]
        ]
        filler.unlink()
        status, said = _run(start, work.words(out), log)
        lost = f"with room again: {said}" if status else difference(whole, work.content(out)) or leftovers(out)
        found += [lost] if lost else []
        if share != SHARES[-1]:
            shutil.rmtree(out)
    filler = fill(disk, 0)
    status, said = _run(start, [*work.words(out), *_OTHERWISE.get(work.name, [])], log)
    found += [f"over a good result: {fault}" for fault in _unclear(status, said) if status]
    filler.unlink()
    lost = difference(whole, work.content(out))
    found += [f"the good result is lost: {lost}"] if lost else []
    shutil.rmtree(out)
    shutil.rmtree(folder / "whole")
    return found


def _run(start: Starter, words: list[str], log: Path) -> tuple[int, str]:
    log.write_text("")
    status = start.run(words, log)
    return status, log.read_text()


def _unclear(status: int, said: str) -> list[str]:
    """Return what is wrong with the answer of a command that cannot write."""
    last = said.strip().splitlines()[-1] if said.strip() else ""
    if status != 1:
        return [f"status {status}: {last}"]
    if "Traceback" in said:
        return [f"a trace, and {last}"]
    if not last.startswith("ccreid: error: ") or "No space left" not in last:
        return [f"unclear: {last}"]
    return []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", help="names of commands")
    parser.add_argument("--out", type=Path, default=FOLDER / "full_disk.json")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name, small_disk(Path(name, "disk"), _DISK) as disk, starter() as start:
        root = Path(name)
        chosen = [work for work in works(root) if work.workers == 1]
        make_features(root, start)
        for work in chosen:
            if arguments.only and work.name not in arguments.only:
                continue
            lost = faults(work, start, root / "room", disk)
            tried = len(SHARES) + 1
            print(f"{work.name}: {tried - min(tried, len(lost))} of {tried} full disks survived", flush=True)
            for fault in lost:
                print(f"  {fault}", flush=True)
            rows.append(
                {
                    "area": "full disk",
                    "case": f"{work.name}, with {', '.join(f'{share:.0%}' for share in SHARES)} of the room, and again",
                    "command": f"ccreid {work.name}",
                    "outcome": "one line that says to make room; all that was good stays"
                    if not lost
                    else "; ".join(lost),
                    "lost": len(lost),
                }
            )
    if not arguments.only:
        write_atomically(arguments.out, json.dumps(rows, indent=2) + "\n")
    return 1 if any(row["lost"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
