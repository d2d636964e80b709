"""Search of each kind that a gallery offers: queries/s, recall and memory, against faiss and a plain product.

Every engine searches in a process of its own, on one thread, and its time is that of the processor; those of one kind
are there together and take turns.
"""

import contextlib
import math
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import measuring
import numpy as np
import search_engines
import torch
from measuring import OURS, Case, Elsewhere, Row
from search_engines import FAISS, FEATURES, MILVUS, NUMPY, TABLE, TORCH, Found, Vectors

WIDTH = 512
SIZES, QUICK_SIZES = (100_000, 1_000_000), (2_000, 4_000)
# Queries that are asked together, those that are asked one by one, and runs of each.
TOGETHER, ALONE, RUNS = 100, 20, 3
QUICK_TOGETHER, QUICK_ALONE, QUICK_RUNS = 20, 4, 1
NEAREST = 10
# Seconds that one kind may take at a size by what it took at the size before, or it is not measured.
LIMIT, QUICK_LIMIT = 600.0, 60.0
# How much slower than faiss an exact search may be.
TARGET = round(1 / 1.5, 2)

PLAIN = (NUMPY, TORCH)
KINDS = {
    TABLE: (TABLE, *PLAIN, FAISS["flat"]),
    **{kind: (MILVUS[kind], FAISS[kind]) for kind in MILVUS},
}
"""Who takes turns: ours first, then the peers."""

# What its source does, in search/executor_indexed.py and index/brute_force.py of milvus-lite 3.2.
KEYS = "Milvus Lite goes through all keys in Python in each search, whichever the index, and copies FLAT's vectors"

# On paper: as many vectors, on machines with so much memory, of which so much may hold vectors.
MANY, MACHINE, SHARE = 100_000_000, 64.0, 0.8


@dataclass
class Measured:
    """What was read of one kind at one size.

    Attributes:
        images: In the gallery.
        seconds: Of the processor, of all work on it, making included, starting processes not.
        made: Seconds of making, by who made.
        held: Bytes of memory, by who holds them.
        together: Queries a second of the runs of all queries in one call, by who ran.
        alone: Queries a second of the runs of queries one by one, by who ran.
        recall: Share of the truly nearest that were found, by who looked.
    """

    images: int
    seconds: float = 0.0
    made: dict[str, float] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    together: dict[str, list[float]] = field(default_factory=dict)
    alone: dict[str, list[float]] = field(default_factory=dict)
    recall: dict[str, float] = field(default_factory=dict)


@dataclass
class Asked:
    """The queries of a size.

    Attributes:
        queries: (Q, D), of length 1.
        truth: The rows (Q, NEAREST) that are nearest, by a float32 product.
        alone: How many of the queries are asked one by one.
        runs: How often each is timed.
    """

    queries: Vectors
    truth: Found
    alone: int
    runs: int


def main() -> None:
    arguments = measuring.arguments(__doc__)
    # The processes that are started read it as they load their libraries; this one has loaded them.
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
    row = Row("search", f"Search, the {NEAREST} nearest of a gallery of {WIDTH} numbers an image, float32", [])
    sizes, together, alone, runs, limit = SIZES, TOGETHER, ALONE, RUNS, LIMIT
    if arguments.quick:
        sizes, together, alone, runs, limit = QUICK_SIZES, QUICK_TOGETHER, QUICK_ALONE, QUICK_RUNS, QUICK_LIMIT
    last: dict[str, Measured] = {}
    for images in sizes:
        kinds = [kind for kind in KINDS if not refused(row, kind, last, images, limit)]
        if not kinds:
            continue
        with tempfile.TemporaryDirectory() as folder:
            gallery, queries = search_engines.made_gallery(images, together, WIDTH)
            np.save(Path(folder, FEATURES), gallery)
            asked = Asked(queries, nearest(queries, gallery), alone, runs)
            del gallery
            for kind in kinds:
                last[kind] = measure(kind, images, Path(folder), asked)
                row.cases += cases(kind, last[kind], asked)
    row.remarks = (
        "All on one thread, by the processor's time. "
        "Features are made: ten around each centre, with as much noise as the centres spread, and queries likewise. "
        f"Recall@{NEAREST} is the share of the {NEAREST} truly nearest, by a float32 product, that are found. Ours "
        "returns each hit with its path, identity, camera, time and so on, which the others do not. faiss has the "
        "parameters that ours asks Milvus for. Memory is by how much a process that opens what was made and searches "
        "once grows, libraries left out; making starts from features in memory and ends on the disk, and that of "
        f"Milvus' other indexes than FLAT from a gallery that is filled. {KEYS}. {growth(last)}"
    )
    measuring.finish(row, arguments.out)


def nearest(queries: Vectors, gallery: Vectors) -> Found:
    """Return the rows (Q, NEAREST) of the gallery that are nearest to each query, in no order."""
    return np.argpartition(queries @ gallery.T, -NEAREST, axis=1)[:, -NEAREST:]


def recall(found: Found, truth: Found) -> float:
    """Return the share of the true rows (Q, k) that were found (Q, k), wherever they stand in a query's list."""
    return float(np.mean([len(set(one) & set(true)) / len(true) for one, true in zip(found, truth, strict=True)]))


def refused(row: Row, kind: str, last: dict[str, Measured], images: int, limit: float) -> bool:
    """Return whether a kind is not measured at a size, by what it took at the size before; the row says so then."""
    if not last:
        return False
    before = last[kind]
    times = images / before.images
    # An index in Milvus is made in a gallery that was filled for FLAT.
    filled = last["flat"].made[MILVUS["flat"]] if kind in MILVUS and kind != "flat" else 0.0
    seconds = (before.seconds + filled) * times
    needed, free = sum(before.held.values()) * times / 1e9, measuring.free_memory()
    reason = ""
    if seconds > limit:
        reason = f"would take about {seconds / 60:.0f} min by what {before.images:,} took, filling included"
    elif needed > 0.8 * free:
        reason = f"would need about {needed:.0f} GB by what {before.images:,} took; {free:.0f} are free"
    if reason:
        row.missing.append(f"{KINDS[kind][0]} and its peers, {images:,} x {WIDTH}: {reason}")
    return bool(reason)


def measure(kind: str, images: int, folder: Path, asked: Asked) -> Measured:
    """Return what all who search a kind took: each is made in a process, and searches in another."""
    read = Measured(images)
    with contextlib.ExitStack() as stack:
        processes: dict[str, Elsewhere] = {}
        for name in KINDS[kind]:
            with Elsewhere() as maker:
                read.made[name] = maker(search_engines.make, name, folder)
            processes[name] = stack.enter_context(Elsewhere())
            opened, read.held[name] = processes[name](search_engines.start, name, folder, asked.queries)
            read.seconds += read.made[name] + opened
        for _ in range(asked.runs):
            for name, process in processes.items():
                seconds, found = process(search_engines.ask_together, asked.queries, NEAREST)
                read.together.setdefault(name, []).append(len(asked.queries) / seconds)
                read.seconds += seconds
                read.recall[name] = recall(found, asked.truth)
            for name, process in processes.items():
                seconds, _ = process(search_engines.ask_one_by_one, asked.queries[: asked.alone], NEAREST)
                read.alone.setdefault(name, []).append(asked.alone / seconds)
                read.seconds += seconds
    return read


def cases(kind: str, read: Measured, asked: Asked) -> list[Case]:
    """Return a kind's lines at one size: queries together and one by one, memory, and making.

    Raises:
        SystemExit: A search that is to be exact is not.
    """
    ours = KINDS[kind][0]
    exact = kind in {TABLE, "flat"}
    for name, share in read.recall.items():
        if exact and share < 0.999:  # two images that are equally far may stand for each other
            raise SystemExit(f"{name} found {share:.2%} of the nearest, and is to be exact")
    work = f"{ours}, {read.images:,} x {WIDTH}"
    targets = {FAISS["flat"]: TARGET} if exact else {}
    found = ", ".join(f"{who} {share:.3f}" for who, share in _by_who(read.recall, ours).items())
    together = Case(
        f"{work}, {len(asked.queries)} queries together", "queries/s", _by_who(read.together, ours), targets
    )
    together.equality = f"recall@{NEAREST}: {found}"
    alone = Case(f"{work}, one query at a time", "queries/s", _by_who(read.alone, ours), targets)
    if kind == TABLE:
        for case in (together, alone):
            case.held_by = f"the product and its top {NEAREST} alone reach {case.median(NUMPY):.3g} queries/s, by numpy"
    if kind == "flat":
        for case in (together, alone):
            case.held_by = KEYS
    held = {who: [size / read.images] for who, size in _by_who(read.held, ours).items()}
    made = {who: [read.images / seconds] for who, seconds in _by_who(read.made, ours).items() if who not in PLAIN}
    return [
        together,
        alone,
        Case(f"{work}, memory", "bytes a vector", held),
        Case(f"{work}, making", "vectors/s", made),
    ]


def growth(last: dict[str, Measured]) -> str:
    """Return what a gallery of `MANY` would need of each kind, from what was read at its largest size."""
    lines = [on_paper(kind, read) for kind, read in last.items()]
    return (
        f"On paper, {MANY:,} vectors on machines like this one with {MACHINE:g} GB, {SHARE:.0%} of it for vectors, "
        f"each of which has a part and looks at every query: {'; '.join(lines)}. For what a Milvus server would need "
        "faiss stands, by its rates here: time of a search grows with the part that a machine has, that of HNSW with "
        "its logarithm; making with the part, HNSW's with its logarithm too and IVFFlat's, whose lists grow with the "
        "root, with its power 1.5. The network, and filling a server, are not counted. A month costs machines x 730 h "
        "x the price of a machine an hour."
    )


def on_paper(kind: str, read: Measured) -> str:
    """Return what `MANY` vectors would need of one kind: of the table, or of the index in faiss."""
    name = FAISS.get(kind, TABLE)
    each = read.held[name] / read.images
    machines = math.ceil(each * MANY / (SHARE * MACHINE * 1e9))
    part = MANY / machines
    times, deeper = part / read.images, math.log(part) / math.log(read.images)
    searching = deeper if kind == "hnsw" else times
    making = times * {"hnsw": deeper, "ivf_flat": math.sqrt(times)}.get(kind, 1.0)
    alone, together = (float(np.median(rates[name])) / searching for rates in (read.alone, read.together))
    return (
        f"{name}, {each:,.0f} bytes a vector, {each * MANY / 1e9:,.0f} GB, {machines} machines, {1 / alone:.2g} s for "
        f"one query, {together:.2g} queries/s together, {read.made[name] * making / 3600:.2g} h to make"
    )


def _by_who(read: dict[str, Any], ours: str) -> dict[str, Any]:
    return {OURS if name == ours else name: reading for name, reading in read.items()}


if __name__ == "__main__":
    main()
