"""Processes that leave with the one that started them, however that one ends."""

import multiprocessing
import os
import threading


def leave_with_parent() -> None:
    """Let this process end as soon as its parent has, which it cannot do for it where it is killed.

    A process of a pool waits for its next piece of work for ever otherwise, and keeps its memory. Does nothing in a
    process that `multiprocessing` did not start.
    """
    if multiprocessing.parent_process() is not None:
        threading.Thread(target=_wait_and_leave, name="leave with parent", daemon=True).start()


def _wait_and_leave() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
