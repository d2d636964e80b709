"""Loads the API that `ccreid serve` serves with many clients at once: errors, latencies, and growth of memory.

python benchmarks/serve.py photos runs/baseline/seed0 --clients 16 --queries 200

Each client sends its searches one after the other over one connection, with photos of the folder in turn. Memory is the
server's, as Linux says it: the mean of the readings of the first and of the last fifth of the time, after a warm-up.
"""

import argparse
import http.client
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ccreid.datasets.image_tree import find_images

CCREID: Final = Path(sys.executable).with_name("ccreid")

WARM_UP: Final = 8
"""Searches of each client before anything is measured."""


@dataclass
class Load:
    """What clients saw, and how much memory the server had meanwhile.

    Attributes:
        seconds: Of each search.
        faults: What went wrong, one for each search that was not answered with 200.
        memory: Resident bytes of the server, ten times a second.
    """

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)

    def growth(self) -> float:
        """Return by which share the memory of the last fifth is above that of the first."""
        fifth = max(len(self.memory) // 5, 1)
        return statistics.fmean(self.memory[-fifth:]) / statistics.fmean(self.memory[:fifth]) - 1

    def __str__(self) -> str:
        cuts = statistics.quantiles(self.seconds, n=100, method="inclusive")
        shown = ", ".join(f"p{percent} {1000 * cuts[percent - 1]:.0f} ms" for percent in (50, 90, 95, 99))
        return (
            f"{len(self.seconds)} searches, {len(self.faults)} errors; {shown}, longest "
            f"{1000 * max(self.seconds):.0f} ms; "
            f"memory {self.memory[0] / 1e6:.0f} MB at first, {self.memory[-1] / 1e6:.0f} MB at last, at most "
            f"{max(self.memory) / 1e6:.0f} MB, growth {self.growth():+.1%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a folder of photos, the gallery and the queries")
    parser.add_argument("model", type=Path, help="a run's folder")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--queries", type=int, default=200, help="of each client")
    arguments = parser.parse_args()
    photos = [path.read_bytes() for path in find_images(arguments.photos)[:100]]
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "people.parquet")
        subprocess.run([CCREID, "embed", arguments.photos, table, "--model", arguments.model], check=True)
        serve = [CCREID, "serve", "--uri", table, "--model", arguments.model, "--port", "0"]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            address = server.stdout.readline().split()[1].removeprefix("http://")
            try:
                load_server(address, server.pid, photos, arguments.clients, WARM_UP)
                start = time.perf_counter()
                load = load_server(address, server.pid, photos, arguments.clients, arguments.queries)
                rate = len(load.seconds) / (time.perf_counter() - start)
            finally:
                server.terminate()
    print(f"{arguments.clients} clients: {load}; {rate:.1f} searches/s")
    for fault in sorted(set(load.faults)):
        print(f"{load.faults.count(fault)} times: {fault}")
    if load.faults:
        raise SystemExit(1)


def load_server(address: str, process: int, photos: Sequence[bytes], clients: int, queries: int) -> Load:
    """Let clients search at the same time, and return what they saw."""
    load, running = Load(), threading.Event()
    running.set()
    watcher = threading.Thread(target=_watch, args=(process, load, running))
    threads = [
        threading.Thread(
            target=_search, args=(address, [photos[(client + turn) % len(photos)] for turn in range(queries)], load)
        )
        for client in range(clients)
    ]
    for thread in (watcher, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    running.clear()
    watcher.join()
    return load


def resident_bytes(process: int) -> int:
    """Return the resident memory of a process, on Linux."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def form(photo: bytes) -> tuple[bytes, str]:
    """Return a photo as the body of a form, and its content type."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n\r\n'
    return head.encode() + photo + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _search(address: str, photos: Sequence[bytes], load: Load) -> None:
    connection = http.client.HTTPConnection(address, timeout=300)
    for photo in photos:
        body, kind = form(photo)
        start = time.perf_counter()
        try:
            connection.request("POST", "/api/search", body, {"content-type": kind})
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            load.faults.append(repr(error))
            connection.close()
            continue
        finally:
            load.seconds.append(time.perf_counter() - start)
        if answer.status != 200:
            load.faults.append(f"{answer.status} {said[:200]!r}")
    connection.close()


def _watch(process: int, load: Load, running: threading.Event) -> None:
    while running.is_set():
        load.memory.append(resident_bytes(process))
        time.sleep(0.1)


if __name__ == "__main__":
    main()
