"""Runs ccreid's command line again and again, in processes that have imported everything already.

Most of a small command's time is the start of its interpreter, in which there is nothing to lose. This program imports
what commands need, and forks for each line of JSON that it reads: {"words": [...], "log": "file"}. It answers with the
new process's number, and with its exit status once it has ended. The process leads a group of its own.
"""

import contextlib
import gc
import importlib
import json
import os
import sys
from importlib.metadata import entry_points

_IMPORTED = (
    "ccreid.datasets.open_data",
    "ccreid.evaluation.evaluate",
    "ccreid.parsing.known_parsers",
    "ccreid.parsing.tree.parse",
    "ccreid.retrieval.embed_table",
    "ccreid.retrieval.indexing",
    "ccreid.training.run",
    "ccreid.wardrobe.render",
    "pyarrow.parquet",
    "pymilvus",
    "milvus_lite",
)


def main() -> None:
    (program,) = entry_points(group="console_scripts", name="ccreid")
    run = program.load()
    for name in _IMPORTED:
        with contextlib.suppress(ImportError):  # of an extra that is absent
            importlib.import_module(name)
    _work_in_small_pieces()
    # At its end a process would look through all that is imported here for what nobody needs: over a second each.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os.setsid()
            _write_to(asked["log"])
            sys.exit(run(asked["words"]))
        print(child, flush=True)
        _, ended = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(ended), flush=True)


def _work_in_small_pieces() -> None:
    """Let a few images make as many pieces of work as thousands do."""
    for module, name, value in (
        ("ccreid.retrieval.embedding", "BATCH", 4),
        ("ccreid.retrieval.embed_table", "_ROWS", 4),
        ("ccreid.retrieval.indexing", "_LOOKED_UP", 4),
        ("ccreid.retrieval.milvus_store", "_SENT", 4),
    ):
        with contextlib.suppress(ImportError):
            setattr(importlib.import_module(module), name, value)


def _write_to(log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)


if __name__ == "__main__":
    main()
