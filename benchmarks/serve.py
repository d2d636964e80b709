"""Loads the API that `ccreid serve` serves with many clients at once: errors, latencies, and growth of memory.

Each client sends its searches one after the other over one connection, with photos of the gallery in turn. Memory is
the server's, as Linux says it: the mean of the readings of the first and of the last fifth of the time, after a
warm-up. The row stops where a search is not answered, or where memory grows by more than a twentieth.
"""

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

import measuring
import numpy as np
import torch
from measuring import OURS, Case, Row, resident_bytes
from PIL import Image

from ccreid.models.checkpoint import MODEL_FILE, save_checkpoint
from ccreid.models.systems import build_model
from ccreid.recipe import Recipe

CCREID: Final = (sys.executable, "-c", "import sys; from ccreid.app.cli import main; sys.exit(main())")

CLIENTS, QUERIES, QUICK_QUERIES = 16, 200, 5
WARM_UP: Final = 8
"""Searches of each client before anything is measured."""

PHOTOS, HEIGHT, WIDTH = 100, 128, 64
PERCENTILES = (50, 90, 95, 99)

MOST_GROWTH = 0.05
"""By which share the server's memory may grow."""


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

    def percentile(self, percent: int) -> float:
        """Return the seconds that so many in a hundred searches take at most."""
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1]

    def refuse(self) -> None:
        """Stop where a search was not answered, or where memory grew.

        Raises:
            SystemExit: One of the two.
        """
        if self.faults:
            said = sorted(f"{self.faults.count(fault)} times {fault}" for fault in set(self.faults))
            raise SystemExit(f"{len(self.faults)} of {len(self.seconds)} searches failed: {'; '.join(said)}")
        if self.growth() > MOST_GROWTH:
            raise SystemExit(f"the server's memory grew by {self.growth():.1%}, and {MOST_GROWTH:.0%} is allowed")


def main() -> None:
    arguments = measuring.arguments(__doc__)
    queries = QUICK_QUERIES if arguments.quick else QUERIES
    with tempfile.TemporaryDirectory() as folder:
        photos, model, table = Path(folder, "photos"), Path(folder, "model"), Path(folder, "people.parquet")
        make_photos(photos)
        make_model(model)
        subprocess.run([*CCREID, "embed", photos, table, "--model", model], check=True)
        serve = [*CCREID, "serve", "--uri", table, "--model", model, "--port", "0"]
        sent = [path.read_bytes() for path in sorted(photos.iterdir())]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            address = server.stdout.readline().split()[1].removeprefix("http://")
            try:
                load_server(address, server.pid, sent, CLIENTS, WARM_UP)
                start = time.perf_counter()
                load = load_server(address, server.pid, sent, CLIENTS, queries)
                seconds = time.perf_counter() - start
            finally:
                server.terminate()
    load.refuse()
    measuring.finish(row(load, seconds, queries), arguments.out)


def row(load: Load, seconds: float, queries: int) -> Row:
    """Return what clients saw as a row.

    Args:
        load: Without faults.
        seconds: Of all searches.
        queries: Of each client.
    """
    work = f"{CLIENTS} clients, {queries} searches each"
    whole = Case(f"{work}, all", "searches/s", {OURS: [len(load.seconds) / seconds]})
    whole.equality = f"{len(load.seconds):,} searches, no error"
    waits = [
        Case(f"{work}, a search, {percent}th percentile", "s", {OURS: [load.percentile(percent)]})
        for percent in PERCENTILES
    ]
    memory = Case(f"{work}, the server's memory at most", "GB", {OURS: [max(load.memory) / 1e9]})
    memory.equality = f"from the first fifth of the time to the last it changed by {load.growth():+.1%}"
    remarks = (
        f"An EfficientNet-Lite0 at {HEIGHT}x{WIDTH} that nobody trained makes the features, so that the page is what "
        "is measured; one request at a time runs it. The clients share the machine with the server and send JPEGs of "
        f"{2 * HEIGHT}x{2 * WIDTH}, and each search is in a gallery of {PHOTOS}."
    )
    return Row("serve", "The page's API under load", [whole, *waits, memory], remarks)


def make_photos(folder: Path) -> None:
    """Write JPEGs of fields of colour."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(PHOTOS):
        coarse = Image.fromarray(random.integers(0, 256, (8, 4, 3), np.uint8))
        coarse.resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.BICUBIC).save(folder / f"{number:03}.jpg")


def make_model(folder: Path) -> None:
    """Write a model that nobody trained, as a run leaves one."""
    recipe = Recipe(name="untrained")
    recipe.data.height, recipe.data.width = HEIGHT, WIDTH
    recipe.model.backbone, recipe.model.weights = "efficientnet_lite0", "none"
    torch.manual_seed(0)
    network = build_model(recipe.model.system, 2, recipe.model.backbone, "none", recipe.model.last_stride)
    save_checkpoint(folder / MODEL_FILE, network, recipe, epoch=0)


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
