"""Trains every recipe on tiny images again and again, and compares the weights bit for bit.

    python benchmarks/repeated_training.py

Each recipe is trained for three epochs of two steps: uninterrupted; again in another process, under another
PYTHONHASHSEED; and stopped, then resumed, after each epoch and in the middle of each. On a CPU all end alike.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torture import FOLDER, make_people, write_sketches

from ccreid.atomic_files import write_atomically
from ccreid.datasets.open_data import open_data_set
from ccreid.recipe import Recipe, recipe_from_tree
from ccreid.training import lightning_fit
from ccreid.training.lightning import Callback
from ccreid.training.lightning_fit import quiet_lightning
from ccreid.training.recipe_file import read_recipe, recipe_names
from ccreid.training.run import fit

EPOCHS: Final = 3
STEPS: Final = 2

# What has nothing to learn is not trained.
LEARNING: Final = [name for name in recipe_names() if name != "face"]


class Stop(Callback):
    """Stands in for a kill after a number of steps.

    Args:
        steps: Of these, or where that ends an epoch, after what that epoch leaves is written.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        """Stop within an epoch."""
        if trainer.global_step == self._steps and self._steps % STEPS:
            raise KeyboardInterrupt

    def on_train_epoch_start(self, trainer: Any, *_: Any) -> None:
        """Stop between two epochs."""
        if trainer.global_step == self._steps and trainer.current_epoch > 0:
            raise KeyboardInterrupt


def tiny_recipe(name: str, data: Path, epochs: int = EPOCHS) -> Recipe:
    """Return a recipe on tiny images, with a small backbone, for so many epochs on the CPU."""
    recipe = recipe_from_tree(read_recipe(name))
    recipe.data.root, recipe.data.height, recipe.data.width = data, 32, 16
    recipe.data.identities, recipe.data.instances, recipe.data.workers = 4, 3, 0
    recipe.model.backbone, recipe.model.weights, recipe.model.checkpointing = "resnet18", "none", False
    recipe.augment.crop_padding, recipe.schedule.epochs = 2, epochs
    recipe.trainer.accelerator, recipe.trainer.precision = "cpu", "32-true"
    return recipe


def train(recipe: Recipe, folder: Path, stop: int | None = None) -> str:
    """Train a recipe and return the digest of its weights.

    Args:
        recipe: The recipe; `recipe.data.root` is set.
        folder: Of the run.
        stop: Steps after which the run is stopped and resumed.
    """
    assert recipe.data.root is not None
    data = open_data_set(recipe.data.root, recipe.data.dataset, "where_there", recipe.data.modality)
    original = lightning_fit.Trainer
    if stop is not None:

        def stopping(*arguments: Any, callbacks: Sequence[Callback], **named: Any) -> Any:
            return original(*arguments, callbacks=[*callbacks, Stop(stop)], **named)

        lightning_fit.Trainer = stopping  # type: ignore[assignment, misc]
        try:
            fit(recipe, data, folder)
            raise AssertionError(f"{recipe.name} was not stopped after {stop} steps")
        except KeyboardInterrupt:
            pass
        finally:
            lightning_fit.Trainer = original  # type: ignore[misc]
    fit(recipe, data, folder)
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def digests(names: Sequence[str], data: Path) -> dict[str, str]:
    """Train recipes without a stop, and return the digests of their weights."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: train(tiny_recipe(name, data), Path(folder, name)) for name in names}


def digests_elsewhere(names: Sequence[str], data: Path) -> dict[str, str]:
    """Return what `digests` does, by a process of its own under another PYTHONHASHSEED."""
    environment = os.environ | {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": str(torch.get_num_threads())}
    command = [sys.executable, str(Path(__file__)), "--only", *names, "--digests", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def stops_lost(name: str, data: Path, whole: str, stops: Sequence[int]) -> list[int]:
    """Return the stops, in steps, after which a resumed run ends with other weights than the whole one's digest."""
    lost = []
    for stop in stops:
        with tempfile.TemporaryDirectory() as folder:
            if train(tiny_recipe(name, data), Path(folder, "run"), stop) != whole:
                lost.append(stop)
    return lost


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=LEARNING, help="names of recipes")
    parser.add_argument("--digests", type=Path, help="print the weights' digests on a data set, and no more")
    parser.add_argument("--out", type=Path, default=FOLDER / "training.json")
    arguments = parser.parse_args()
    quiet_lightning()
    if arguments.digests is not None:
        print(json.dumps(digests(arguments.only, arguments.digests)))
        return 0
    rows, failed = [], 0
    every = range(1, EPOCHS * STEPS)
    with tempfile.TemporaryDirectory() as folder:
        data = write_sketches(make_people(Path(folder, "data")))
        here, there = digests(arguments.only, data), digests_elsewhere(arguments.only, data)
        for name in arguments.only:
            lost = stops_lost(name, data, here[name], every)
            same = "the same weights" if here[name] == there[name] else "OTHER WEIGHTS"
            kept = f"after {len(every) - len(lost)} of {len(every)} stops"
            outcome = f"{same} from the same seed in another process, and {kept}"
            print(f"{name}: {outcome}", flush=True)
            bad = len(lost) + (here[name] != there[name])
            rows.append(
                {"area": "training", "case": name, "command": f"ccreid train {name}", "outcome": outcome, "lost": bad}
            )
            failed += bad
    write_atomically(arguments.out, json.dumps(rows, indent=2) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
