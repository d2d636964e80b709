"""Trains for 2,000 steps on tiny images and looks whether the process grows.

    python benchmarks/soak.py

The memory is read after each tenth of the steps. What the first tenths add is caches and what torch keeps; afterwards
the process must stay as it is.
"""

import argparse
import gc
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from measuring import resident_bytes
from repeated_training import tiny_recipe
from torture import FOLDER, make_people

from ccreid.atomic_files import write_atomically
from ccreid.datasets.open_data import open_data_set
from ccreid.training import lightning_fit
from ccreid.training.lightning import Callback
from ccreid.training.lightning_fit import quiet_lightning
from ccreid.training.run import fit

READINGS: Final = 10
GROWTH: Final = 8.0
"""MB that the second half of the readings may lie above what the first half ends with."""


class Memory(Callback):
    """Reads this process's memory after each tenth of the steps."""

    def __init__(self, steps: int) -> None:
        self._every = steps // READINGS
        self.read: list[float] = []

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        """Read it, if another tenth is done."""
        if trainer.global_step % self._every == 0:
            gc.collect()
            self.read.append(resident_bytes() / 1e6)


def growth(read: list[float]) -> float:
    """Return by how many MB the last quarter of the readings lies above the one in the middle."""
    quarter = max(1, len(read) // 4)
    return statistics.median(read[-quarter:]) - statistics.median(read[2 * quarter : 3 * quarter])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--recipe", default="pixel_sampling_mse")
    parser.add_argument("--out", type=Path, default=FOLDER / "soak.json")
    arguments = parser.parse_args()
    quiet_lightning()
    memory = Memory(arguments.steps)
    original = lightning_fit.Trainer
    lightning_fit.Trainer = lambda *given, callbacks, **named: original(  # type: ignore[assignment, misc]
        *given, callbacks=[*callbacks, memory], **named
    )
    with tempfile.TemporaryDirectory() as folder:
        data = make_people(Path(folder, "data"))
        # Two steps an epoch; a checkpoint is written after each.
        recipe = tiny_recipe(arguments.recipe, data, arguments.steps // 2)
        fit(recipe, open_data_set(data), Path(folder, "run"))
    grown = growth(memory.read)
    shown = ", ".join(f"{value:.0f}" for value in memory.read)
    print(f"{arguments.steps} steps of {arguments.recipe}: {shown} MB; grown by {grown:.1f} MB at the end")
    row = {
        "area": "soak",
        "case": f"{arguments.steps:,} steps of {arguments.recipe}, a checkpoint after every second",
        "command": f"ccreid train {arguments.recipe}",
        "outcome": f"{memory.read[len(memory.read) // 2]:.0f} MB in the middle, {memory.read[-1]:.0f} MB at the end",
        "lost": int(grown > GROWTH),
    }
    write_atomically(arguments.out, json.dumps([row], indent=2) + "\n")
    return row["lost"]


if __name__ == "__main__":
    sys.exit(main())
