"""Trains a small recipe under torchrun with two gloo processes, or alone, and writes what each step's losses were.

python -m torch.distributed.run --nproc-per-node 2 run_under_ddp.py DATA OUT MINING...

A mining is global, the hardest triplets among all batches, or local, among those of a process; one training for each.
"""

import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from models.shallow_resnet18 import shallow_resnet18
from training.small_recipe import small_recipe

from ccreid.datasets.prcc import PRCC
from ccreid.recipe import AugmentRecipe, Recipe
from ccreid.training import lightning_fit, run
from ccreid.training.lightning import Callback, Trainer, rank_zero_only


class Steps(Callback):
    """Keeps each step's logged losses, which Lightning has averaged over the processes, and the images it was on."""

    def __init__(self) -> None:
        self.losses: list[dict[str, float]] = []
        self.rows: list[list[int]] = []

    def on_train_batch_end(self, trainer, module, outputs, batch, *_) -> None:  # type: ignore[no-untyped-def]
        self.losses.append({name: float(value) for name, value in trainer.callback_metrics.items()})
        self.rows.append(batch.row.tolist())


def recipe(data: Path, processes: int, mining: str) -> Recipe:
    """Return the method with all other losses, without what each process draws for itself."""
    made = small_recipe(data, epochs=1)
    made.augment = AugmentRecipe(flip=0.0, crop_padding=0)
    made.data.identities = 4
    made.pixel_sampling.global_donors = True
    made.loss.global_mining = mining == "global"
    made.loss.contrastive_weight, made.loss.clothes_weight, made.loss.clothes_start = 0.5, 0.5, 0.0
    made.schedule.ema = 0.5
    made.trainer.devices = processes
    # In float32, rounding grows from step to step in a network from scratch, and hides what would be a mistake.
    made.trainer.precision = "64-true"
    made.schedule.warmup_epochs = 0
    return made


def train(data: Path, out: Path, processes: int, mining: str) -> dict[str, object]:
    """Train, and return the losses of each step and this process's images."""
    steps = Steps()

    def with_steps(*arguments, callbacks, **settings):  # type: ignore[no-untyped-def]
        return Trainer(*arguments, callbacks=[*callbacks, steps], **settings)

    lightning_fit.Trainer = with_steps
    out.mkdir(parents=True, exist_ok=True)
    with shallow_resnet18():
        run.fit(recipe(data, processes, mining), PRCC(data), out / "run")
    return {"losses": steps.losses, "rows": steps.rows}


if __name__ == "__main__":
    torch.set_num_threads(1)
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    for mining in sys.argv[3:]:
        kept = train(data, out / mining, 2, mining)
        rank = rank_zero_only.rank
        (out / mining / f"rank{rank}.json").write_text(json.dumps(kept))
