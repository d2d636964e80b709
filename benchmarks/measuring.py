"""What the benchmarks share: alternating runs, peak memory, and the JSON that docs/performance.md is made from."""

import argparse
import contextlib
import json
import multiprocessing
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ccreid.atomic_files import write_atomically
from ccreid.provenance import checkout_state

OURS = "ours"
FORMAT = "ccreid-bench-1"


@dataclass
class Case:
    """One line of a row: one piece of work, done by us and by others.

    Attributes:
        work: What is done, with its sizes.
        unit: "s", "GB" (less is better), or a rate such as "images/s" (more is better).
        readings: Every run, by who ran: "ours", a peer, "limit: ..." for what no program can be faster than,
            "bound: ..." for what we set ourselves, or "tried: ..." for another way that we might have gone.
        targets: What the ratio to a peer, or the share of a limit, should at least be; by its name.
        equality: How the results were compared and how far apart they were.
        held_by: What holds a target that is missed, from the readings or from what was tried; said only then.
    """

    work: str
    unit: str
    readings: dict[str, list[float]]
    targets: dict[str, float] = field(default_factory=dict)
    equality: str = ""
    held_by: str = ""

    def median(self, name: str) -> float:
        """Return the median of one's runs."""
        return statistics.median(self.readings[name])

    def ratio(self, name: str) -> float:
        """Return how many times better we are than a peer or a bound; of a limit, the share that we reach."""
        ours, other = self.median(OURS), self.median(name)
        return ours / other if self.unit.endswith("/s") else other / ours

    def missed(self) -> list[str]:
        """Return whose target is not met."""
        return [name for name, target in self.targets.items() if name in self.readings and self.ratio(name) < target]

    def missed_line(self) -> str:
        """Say which targets are missed, and what holds them."""
        missed = " and ".join(f"{self.targets[name]:g} x {name}" for name in self.missed())
        return f"missed: {missed}; {self.held_by or 'what holds it was not looked into'}"


@dataclass
class Row:
    """One row of the page.

    Attributes:
        name: Of the script.
        title: The work.
        cases: Its lines.
        remarks: What the figures mean; what holds a target that was not met, and what was tried.
        peers: Commit of each peer's checkout.
        missing: Peers that could not be measured, and why.
        exponents: How cost grows, as the power of the size that fits the cases best; by what grows.
    """

    name: str
    title: str
    cases: list[Case]
    remarks: str = ""
    peers: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    exponents: dict[str, float] = field(default_factory=dict)


def arguments(description: str | None) -> argparse.Namespace:
    """Parse what every script takes."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="folder with the peers' checkouts; see benchmarks/peers.py")
    parser.add_argument("--out", type=Path, help="folder that the JSON is written to")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that the row runs; no figures")
    return parser.parse_args()


def alternate(contenders: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Return the seconds of each contender's runs, which take turns so that a busy machine is busy for all.

    Args:
        contenders: What is run, by the name of who runs it.
        repeats: Runs of each that are timed, after one that is not.
    """
    for run in contenders.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, run in contenders.items():
            seconds[name].append(timed(run)[0])
    return seconds


class Elsewhere:
    """A process of its own for what must not share its memory or its settings with the others; leave it to end it.

    Called with a function of a module and its arguments, it returns what the function returns there.
    """

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: D102
        return self._pool.submit(function, *arguments).result()

    def __enter__(self) -> "Elsewhere":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of one run, and its result."""
    started = time.perf_counter()
    result = run()
    return time.perf_counter() - started, result


def per_second(count: int, seconds: Mapping[str, list[float]]) -> dict[str, list[float]]:
    """Turn seconds for `count` images into images a second.

    Args:
        count: Images that each run works on.
        seconds: Of the runs, by who ran.
    """
    return {name: [count / one for one in runs] for name, runs in seconds.items()}


@contextlib.contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Fill a list with one number: by how many GB this process grew at most while the block ran (Linux)."""
    found: list[float] = []
    # 5 sets the kernel's own mark of the most memory held back to what is held now. A thread that looks now and then
    # would miss what one call takes and gives back while it keeps the interpreter's lock.
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    before = most_held()
    try:
        yield found
    finally:
        found.append(most_held() - before)


def resident_bytes(process: int | str = "self") -> int:
    """Return how many bytes of a process are in memory now, of this one if none is named (Linux)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def most_held() -> float:
    """Return the most memory, in GB, that this process has held since the kernel's mark was set back (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e9


def free_memory() -> float:
    """Return how many GB may be taken before the machine runs out (Linux)."""
    meminfo = Path("/proc/meminfo").read_text(encoding="utf-8")
    return int(meminfo.split("MemAvailable:")[1].split()[0]) * 1024 / 1e9


def made_features(
    queries: int, gallery: int, identities: int, cameras: int, width: int = 2048, noise: float = 14.0
) -> dict[str, Any]:
    """Return L2-normalised float32 features in clusters, with labels, whose ranking is neither perfect nor chance.

    Args:
        queries: Number of query images.
        gallery: Number of gallery images.
        identities: People, each image is of one of them by chance.
        cameras: Cameras, likewise.
        width: Of a feature.
        noise: How far features lie from their person's centre, whose own numbers have a deviation of 1.

    Returns:
        query and gallery, (queries, width) and (gallery, width), with query_ids, gallery_ids and the cameras of each.
    """
    random = np.random.default_rng(0)
    centres = random.standard_normal((identities, width), dtype=np.float32)
    made: dict[str, Any] = {}
    for side, count in (("query", queries), ("gallery", gallery)):
        ids = random.integers(identities, size=count)
        features = np.empty((count, width), dtype=np.float32)
        for start in range(0, count, 4096):
            some = centres[ids[start : start + 4096]]
            some += noise * random.standard_normal(some.shape, dtype=np.float32)
            features[start : start + 4096] = some / np.linalg.norm(some, axis=1, keepdims=True)
        made |= {side: features, f"{side}_ids": ids, f"{side}_cameras": random.integers(cameras, size=count)}
    return made


def exponent(sizes: list[float], costs: list[float]) -> float:
    """Return the power p of cost = a * size^p, by least squares in logarithms.

    Args:
        sizes: What grew, positive.
        costs: Seconds or GB at each size, positive.
    """
    power = float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])
    return round(power, 3) + 0.0  # no -0


def finish(row: Row, out: Path | None) -> None:
    """Print a row, and write it where asked.

    Args:
        row: With all that was read.
        out: Folder of the JSON; None writes none.
    """
    print(f"\n{row.title}")
    for case in row.cases:
        print(f"  {case.work} [{case.unit}]")
        for name in case.readings:
            ratio = "" if name == OURS else f"   {case.ratio(name):.2f}"
            ratio += f" (target {case.targets[name]:g})" if name in case.targets else ""
            print(f"    {name:<34}{case.median(name):>12.4g}{ratio}")
        if case.equality:
            print(f"    results: {case.equality}")
        if case.missed():
            print(f"    {case.missed_line()}")
    for name, exponent in row.exponents.items():
        print(f"  {name} grows as size^{exponent:.2f}")
    for line in [*row.missing, row.remarks]:
        if line:
            print(f"  {line}")
    if out is None:
        return
    tree = {"format": FORMAT, **asdict(row), **_environment(row)}
    write_atomically(out / f"{row.name}.json", json.dumps(tree, indent=2) + "\n")


def _environment(row: Row) -> dict[str, Any]:
    state = checkout_state()
    options = [" --peers DIR"] if row.peers else []
    options += [" --quick"] if "--quick" in sys.argv else []
    return {
        "commit": state[0],
        "dirty": state[1],
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
        "machine": f"{platform.system()}, {_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads",
        "load": os.getloadavg()[0],
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"ccreid bench {row.name}{''.join(options)}",
    }


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
