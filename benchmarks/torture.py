"""Stops commands at random moments, starts them again, and compares the end with that of an uninterrupted run.

    python benchmarks/torture.py --kills 20

Half of the stops are Ctrl-C, which reaches all of a command's processes; half kill one of these, any of them, as the
kernel does that is out of memory. A moment is drawn from the time that the uninterrupted run took. A command is started
again on what is there until it ends; then all that it left is compared: byte for byte, or for tables and galleries
their content. What is there after a kill is compared too: files appear whole or not at all.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from ccreid.atomic_files import write_atomically
from ccreid.datasets.part_maps import write_parts

FOLDER: Final = Path("docs/results/reliability")

# A command that has not ended by then hangs; one that was killed has taken its processes with it by then.
_PATIENCE: Final = 300.0
_LEAVING: Final = 15.0

# A chain of stops ends with a run that nobody stops.
_CHAIN: Final = 4

Content = Mapping[str, object]


@dataclass(frozen=True)
class Work:
    """A command that is stopped.

    Attributes:
        name: Of the command.
        workers: Processes that work for it; 1 where it works alone.
        words: The command line that writes to a folder, without the program's name.
        content: What the folder then holds, by name.
        files: Whether each name is a file that is whole as soon as it is there.
    """

    name: str
    workers: int
    words: Callable[[Path], list[str]]
    content: Callable[[Path], Content]
    files: bool = True

    @property
    def case(self) -> str:
        """The command and its workers, in words."""
        return f"{self.name}, {self.workers} worker{'s' if self.workers > 1 else ''}"


@dataclass
class Survival:
    """What became of a command that was stopped again and again.

    Attributes:
        work: The command.
        tried: Stops that met it at work.
        lost: Stops after which something was lost, broken or left behind.
        faults: What, in words.
    """

    work: Work
    tried: int = 0
    lost: int = 0
    faults: list[str] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return the line of docs/reliability.md."""
        return {
            "area": "kills",
            "case": self.work.case,
            "command": f"ccreid {self.work.name}",
            "outcome": f"{self.tried - self.lost} of {self.tried} stops survived",
            "tried": self.tried,
            "lost": self.lost,
        }


class Starter:
    """Starts commands in processes that have imported everything; see warm_start.py."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("warm_start.py")
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def run(self, words: Sequence[str], log: Path, stop: Callable[[int], bool] | None = None, after: float = 0) -> int:
        """Run a command to its end and return its status, negative where a signal ended it.

        Args:
            words: The command line.
            log: File to which its output is added.
            stop: Called with the process's number a while after it began, if it is still running then.
            after: That while, in seconds.

        Raises:
            TimeoutError: It does not end.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"words": list(words), "log": str(log)}) + "\n")
        self._process.stdin.flush()
        process = int(self._process.stdout.readline())
        if stop is not None and not self._answers(after):
            stop(process)
        if not self._answers(_PATIENCE):
            os.killpg(process, signal.SIGKILL)
            self._process.stdout.readline()
            raise TimeoutError(f"ccreid {' '.join(words)} does not end")
        return int(self._process.stdout.readline())

    def _answers(self, seconds: float) -> bool:
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def close(self) -> None:
        """End the process that starts others."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextlib.contextmanager
def starter() -> Iterator[Starter]:
    """Give a `Starter`, which ends with the block."""
    made = Starter()
    try:
        yield made
    finally:
        made.close()


def torture(work: Work, start: Starter, folder: Path, kills: int, seed: int = 0) -> Survival:
    """Stop a command so often, and return what became of it.

    Args:
        work: The command.
        start: Starts it.
        folder: Where it may write.
        kills: How often.
        seed: Of the moments.
    """
    draws = random.Random(seed)
    log = folder / f"{work.name}{work.workers}.log"
    began = time.monotonic()
    if start.run(work.words(folder / "whole"), log) != 0:
        raise RuntimeError(f"ccreid {work.name} does not end well: see {log}")
    duration = time.monotonic() - began
    whole = work.content(folder / "whole")
    assert whole, f"ccreid {work.name} left nothing that could be lost"
    survival = Survival(work)
    chain, hurt = 0, False
    out = folder / "stopped"
    while survival.tried < kills:
        interrupt = survival.tried % 2 == 1
        stopped: list[int] = []

        def stop(process: int, interrupt: bool = interrupt, stopped: list[int] = stopped) -> bool:
            stopped.append(process)
            if interrupt:
                os.killpg(process, signal.SIGINT)
            else:
                os.kill(draws.choice(processes_of(process) or [process]), signal.SIGKILL)
            return True

        status = start.run(work.words(out), log, stop, draws.uniform(0, duration))
        if stopped:
            survival.tried += 1
            chain += 1
            fault = _fault_after(work, status, stopped[0], out, whole, interrupt)
            hurt = bool(fault)
            if fault:
                survival.lost += 1
                survival.faults.append(fault)
        if not stopped or chain == _CHAIN or survival.tried == kills:
            if stopped and start.run(work.words(out), log) != 0:
                fault = f"started again it fails: {log.read_text().splitlines()[-1]}"
            else:
                fault = difference(whole, work.content(out)) or leftovers(out)
            if fault and chain:
                # Of the chain's last stop, which is counted once.
                survival.lost += not hurt
                survival.faults.append(fault)
            _remove(out)
            chain, hurt = 0, False
    _remove(folder / "whole")
    return survival


def _fault_after(work: Work, status: int, process: int, out: Path, whole: Content, interrupt: bool) -> str:
    """Return what is wrong right after a stop, or ""."""
    # The last is Python's own, before the command begins and after it has ended.
    if interrupt and status not in {0, 130, -signal.SIGINT}:
        return f"status {status} after Ctrl-C"
    if not _leave(process):
        return "processes of a command that was killed go on"
    there = work.content(out) if work.files and out.exists() else {}
    half = [name for name, content in there.items() if name in whole and whole[name] != content]
    return f"{half[0]} is there and not whole" if half else ""


def processes_of(group: int) -> list[int]:
    """Return the living processes of a process group; none where the system does not say."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = status.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found.append(int(status.parent.name))
    return found


def _leave(group: int) -> bool:
    """Wait until all processes of a group have left, and end those that do not."""
    deadline = time.monotonic() + _LEAVING
    while processes_of(group):
        if time.monotonic() > deadline:
            os.killpg(group, signal.SIGKILL)
            return False
        time.sleep(0.02)
    return True


def difference(whole: Content, there: Content) -> str:
    """Say how what is there differs from what should be; "" where it does not.

    Args:
        whole: What an uninterrupted run left.
        there: What another left.
    """
    for name in sorted(whole.keys() | there.keys()):
        if name not in there:
            return f"{name} is missing"
        if name not in whole:
            return f"{name} is too much"
        if whole[name] != there[name]:
            return f"{name} is another"
    return ""


def leftovers(out: Path) -> str:
    """Say which temporary file lies about; "" where none does."""
    found = sorted(out.rglob(".ccreid-*.tmp"))
    return f"{found[0].name} lies about" if found else ""


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def works(root: Path) -> list[Work]:
    """Return the commands, and make what they read.

    Args:
        root: Folder of what they read.
    """
    data = make_people(root / "data")
    few = data / "rgb" / "test" / "A"
    table = root / "features.parquet"
    made = [
        Work("convert", 1, lambda out: ["convert", str(data), str(out / "images.csv")], digests),
        Work("pack", 1, lambda out: ["pack", str(data), str(out / "a.pack"), "--height=64", "--width=32"], digests),
        Work("parse", 1, lambda out: ["parse", str(few), str(out / "parts"), "--batch=1", "--overlay"], digests),
        Work(
            "embed",
            1,
            lambda out: ["embed", str(data / "rgb" / "test"), str(out / "people.parquet")],
            table_content,
            False,
        ),
        Work("index", 1, lambda out: ["index", str(table), f"--uri={out / 'people.db'}"], gallery_content, False),
    ]
    made += [Work("train", workers, _training(data, workers), run_content, False) for workers in (1, 2)]
    return made + [Work("render", workers, _rendering(workers), digests) for workers in (1, 2)]


def make_features(root: Path, start: Starter) -> None:
    """Write the table of features that is indexed.

    Args:
        root: As of `works`, which was called.
        start: Starts commands.
    """
    if start.run(["embed", str(root / "data" / "rgb" / "test"), str(root / "features.parquet")], root / "log") != 0:
        raise RuntimeError((root / "log").read_text())


def _training(data: Path, workers: int) -> Callable[[Path], list[str]]:
    settings = (
        "--data.height=32 --data.width=16 --data.identities=3 --data.instances=2 --model.backbone=resnet18 "
        "--model.weights=none --augment.crop_padding=2 --schedule.epochs=4 --trainer.accelerator=cpu "
        f"--data.workers={workers if workers > 1 else 0} --selection.held_out=0"
    )
    given = ["train", "pixel_sampling_mse", f"--data.root={data}", "--resume", *settings.split()]
    return lambda out: [*given, f"--out={out / 'run'}"]


def _rendering(workers: int) -> Callable[[Path], list[str]]:
    small = ["--people=4", "--outfits=2", "--images_per_walk=1", "--height=32", "--width=16", f"--workers={workers}"]
    return lambda out: ["render", str(out / "people"), *small]


def make_people(root: Path) -> Path:
    """Write people in PRCC's layout, four to train on and two to find, in noise of colours of their own."""
    for identity in range(1, 7):
        for camera in "ABC":
            inside = (
                f"train/{identity:03}/{camera}_cropped_rgb"
                if identity < 5
                else f"test/{camera}/{identity:03}/cropped_rgb"
            )
            for frame in (1, 2):
                name = Path(f"{inside}{frame:03}.jpg")
                noise = np.random.default_rng([identity, ord(camera), frame]).integers(0, 60, (64, 32, 3))
                colour = np.random.default_rng([identity, camera == "C"]).integers(0, 196, 3)
                (root / "rgb" / name).parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray((noise + colour).astype(np.uint8)).save(root / "rgb" / name)
                bands = np.repeat(np.array([1, 2, 3, 4], np.uint8), 16)
                write_parts((root / "parts" / name).with_suffix(".png"), np.tile(bands[:, None], (1, 32)))
    return root


def write_sketches(root: Path) -> Path:
    """Write a drawing of each image, its bands' edges, below sketch/, and return the root."""
    for path in sorted((root / "rgb").rglob("*.jpg")):
        drawn = np.full((64, 32), 255, np.uint8)
        drawn[len(path.name) % 16 :: 16] = 0
        sketch = root / "sketch" / path.relative_to(root / "rgb")
        sketch.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawn).save(sketch)
    return root


def digests(out: Path) -> Content:
    """Return the digest of every file below a folder, but for hidden ones."""
    files = [path for path in sorted(out.rglob("[!.]*")) if path.is_file()]
    return {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def run_content(out: Path) -> Content:
    """Return the weights' digest of a run, its rows and what it is resumed from, without when and where it was made."""
    import torch

    run = out / "run"
    if not (run / "results.json").is_file():
        return {}
    last = torch.load(run / "last.ckpt", weights_only=True)
    rows = json.loads((run / "results.json").read_text())["rows"]
    weights = {name: value.numpy().tobytes() for name, value in last["state_dict"].items()}
    return {
        "model.safetensors": hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest(),
        "recipe.yaml": (run / "recipe.yaml").read_text(),
        "rows": [{key: value for key, value in row.items() if key != "run"} for row in rows],
        "steps": last["global_step"],
        **weights,
    }


def table_content(out: Path) -> Content:
    """Return a table's rows by their ids."""
    from ccreid.retrieval.feature_table import read_rows

    path = out / "people.parquet"
    pieces = list(read_rows(path)) if path.is_file() else []
    return {
        entry.id: (entry, vector.tobytes())
        for rows in pieces
        for entry, vector in zip(rows.entries, rows.vectors, strict=True)
    }


def gallery_content(out: Path) -> Content:
    """Return a gallery's entries by their ids."""
    from ccreid.retrieval.filters import Filters
    from ccreid.retrieval.store import open_store

    store = open_store(str(out / "people.db"))
    entries = store.entries(Filters())
    vectors = store.vectors([entry.id for entry in entries])
    store.close()
    return {entry.id: (entry, vector.tobytes()) for entry, vector in zip(entries, vectors, strict=True)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="of each command")
    parser.add_argument("--only", nargs="*", help="names of commands; the page keeps what was found of the others")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--out", type=Path, default=FOLDER / "kills.json")
    arguments = parser.parse_args()
    before = json.loads(arguments.out.read_text()) if arguments.out.is_file() else []
    rows = {row["case"]: row for row in before}
    lost = 0
    with tempfile.TemporaryDirectory() as name, starter() as start:
        root = Path(name)
        chosen = [work for work in works(root) if not arguments.only or work.name in arguments.only]
        make_features(root, start)
        for work in chosen:
            folder = root / work.case.replace(", ", "-").replace(" ", "-")
            folder.mkdir()
            survival = torture(work, start, folder, arguments.kills, arguments.seed)
            print(f"{work.case}: {survival.tried - survival.lost} of {survival.tried} stops survived", flush=True)
            for fault in survival.faults:
                print(f"  {fault}", flush=True)
            rows[work.case] = survival.row()
            lost += survival.lost
            write_atomically(arguments.out, json.dumps(list(rows.values()), indent=2) + "\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
