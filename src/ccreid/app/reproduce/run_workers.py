"""Trainings of a table, one after the other or side by side, each in a process of its own with its share of the cores.

A run that fails does not stop the others. Whatever stops them all, what is finished is kept, and a run goes on from its
last finished epoch.
"""

import multiprocessing
import os
import sys
import time
import traceback
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Final

from ccreid.app.reproduce.prefixed_lines import PrefixedLines
from ccreid.app.reproduce.table_runs import Failure, TableRun
from ccreid.errors import BadValueError, CcreidError, refusals_explained
from ccreid.orphans import leave_with_parent

# So long may a process take to leave when it is asked to; its files are whole at any time.
_PATIENCE: Final = 10.0


def train_runs(runs: Sequence[TableRun], jobs: int, command: Sequence[str]) -> list[Failure]:
    """Train and evaluate runs, each in its folder, and return those that failed.

    Args:
        runs: In the order in which they start.
        jobs: How many run at a time. One runs in this process; more have processes of their own.
        command: The command line, for the record in each results.json.

    Raises:
        ValueError: `jobs` is below 1.
        KeyboardInterrupt: Ctrl-C; what is finished is kept.
    """
    if jobs < 1:
        raise BadValueError(f"--jobs is {jobs}, expected at least 1")
    return _one_by_one(runs, command) if jobs == 1 else _side_by_side(runs, jobs, command)


def _one_by_one(runs: Sequence[TableRun], command: Sequence[str]) -> list[Failure]:
    failures = []
    for number, run in enumerate(runs, start=1):
        _say(f"[{number}/{len(runs)}] {run.title}")
        started = time.monotonic()
        reason = _train(run, command)
        _say(_ending(run, reason, started))
        if reason:
            failures.append(Failure(run, reason))
    return failures


def _side_by_side(runs: Sequence[TableRun], jobs: int, command: Sequence[str]) -> list[Failure]:
    failures = []
    threads = max(1, _cores() // jobs)
    waiting = deque(enumerate(runs, start=1))
    working: dict[int, _Worker] = {}
    try:
        while waiting or working:
            while waiting and len(working) < jobs:
                number, run = waiting.popleft()
                _say(f"[{number}/{len(runs)}] {run.title}, {threads} thread(s)")
                worker = _Worker.start(run, threads, command)
                working[worker.process.sentinel] = worker
            for sentinel in wait(list(working)):
                worker = working.pop(sentinel)  # type: ignore[arg-type]  # what was waited for
                reason = worker.reason()
                _say(_ending(worker.run, reason, worker.started))
                if reason:
                    failures.append(Failure(worker.run, reason))
        return failures
    finally:
        for worker in working.values():
            worker.process.terminate()
        for worker in working.values():
            worker.process.join(_PATIENCE)
            worker.process.kill()


@dataclass(frozen=True)
class _Worker:
    """One run in a process of its own."""

    run: TableRun
    process: SpawnProcess
    told: Connection
    started: float

    @classmethod
    def start(cls, run: TableRun, threads: int, command: Sequence[str]) -> "_Worker":
        # A forked process would inherit torch's threads; a new one has its number of them from the start.
        context = multiprocessing.get_context("spawn")
        told, telling = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(run, threads, list(command), telling))
        process.start()
        telling.close()
        return cls(run, process, told, time.monotonic())

    def reason(self) -> str:
        """Return why the run of an ended process failed, or "" where it did not."""
        self.process.join()
        try:
            told: str = self.told.recv()
        except EOFError:
            told = f"its process ended with status {self.process.exitcode} and said nothing"
        self.told.close()
        return told


def _work(run: TableRun, threads: int, command: Sequence[str], telling: Connection) -> None:
    """Train one run; this is what a process of its own does."""
    leave_with_parent()
    # Read when torch and NumPy are first imported, which happens below.
    os.environ["OMP_NUM_THREADS"] = str(threads)
    sys.stderr = PrefixedLines(sys.stderr, f"{run.title}: ")
    sys.stdout = sys.stderr
    try:
        telling.send(_train(run, command))
    except KeyboardInterrupt:
        # Ctrl-C reaches every process of the terminal; the parent says what is to be said.
        sys.exit(130)


def _train(run: TableRun, command: Sequence[str]) -> str:
    """Train and evaluate a run, and return why it failed, or "" where it did not."""
    try:
        from ccreid.training.lightning_fit import quiet_lightning
        from ccreid.training.run import run_recipe

        quiet_lightning()
        with refusals_explained():
            run_recipe(run.recipe, run.folder, resume=True, command=command)
    except CcreidError as error:
        return " ".join(str(error).split())
    except Exception as error:  # a bug, which the other rows shall not suffer from
        traceback.print_exc()
        return f"{type(error).__name__}: {' '.join(str(error).split())} (a bug in ccreid; its traceback stands above)"
    return ""


def _ending(run: TableRun, reason: str, started: float) -> str:
    if reason:
        return f"{run.title} failed: {reason}"
    return f"{run.title} is finished, {time.monotonic() - started:.0f} s"


def _cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
