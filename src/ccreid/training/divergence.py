"""Stops a run as soon as its loss is no number, before an epoch with broken weights takes the last good one's place."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ccreid.datasets.record import ImageRecord
from ccreid.datasets.reid_dataset import Batch
from ccreid.errors import CcreidError
from ccreid.training.lightning import Callback, LightningModule, Trainer
from ccreid.training.run_folder import RESUME_FILE

# Files of the batch that the error names; of more it says how many.
_NAMED: Final = 8


class DivergenceError(CcreidError, FloatingPointError):
    """Training ran into values that are no numbers; the message says when, on which images, and what is kept."""


class StopAtDivergence(Callback):
    """Raises a `DivergenceError` after the first step whose loss is not finite, and before such weights are kept.

    Args:
        records: The training images, in the order of the batches' rows.
        folder: Of the run, where the last finished epoch is.
        features: What an evaluation would compute of a few images now, if that can be asked for: an epoch's last step
            may leave weights that are numbers and features that are none.
    """

    def __init__(
        self,
        records: Sequence[ImageRecord],
        folder: Path,
        features: Callable[[], NDArray[np.floating]] | None = None,
    ) -> None:
        self._records = records
        self._folder = folder
        self._features = features

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Batch, batch_idx: int
    ) -> None:
        """Look at the step's loss, in all processes, so that none is left waiting for another."""
        loss = outputs["loss"] if isinstance(outputs, Mapping) else outputs
        finite = bool(torch.isfinite(loss).all())
        if trainer.strategy.reduce_boolean_decision(finite):
            return
        # Lightning has counted this step already.
        step = f"step {batch_idx + 1} of epoch {trainer.current_epoch + 1}, {trainer.global_step} in all"
        look = " or look at these images"
        raise DivergenceError(f"the loss is {float(loss)} in {step}{self._files(batch)}: {self._advice(trainer, look)}")

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Look at the weights before they are written: a finite loss may have an infinite gradient."""
        # A batch norm's statistics too.
        broken = [name for name, weight in pl_module.state_dict().items() if not torch.isfinite(weight).all()]
        if not trainer.strategy.reduce_boolean_decision(not broken):
            raise DivergenceError(
                f"{len(broken)} weights, such as {broken[0] if broken else 'those of another process'}, are no numbers "
                f"after epoch {trainer.current_epoch + 1}: {self._advice(trainer)}"
            )
        finite = self._features is None or bool(np.isfinite(self._features()).all())
        if not trainer.strategy.reduce_boolean_decision(finite):
            raise DivergenceError(
                f"the features of images are no numbers after epoch {trainer.current_epoch + 1}: "
                f"{self._advice(trainer)}"
            )

    def _files(self, batch: Batch) -> str:
        names = [str(self._records[row].image) for row in dict.fromkeys(batch.row.tolist())]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return f", on the batch of {', '.join(names[:_NAMED])}{more}"

    def _advice(self, trainer: Trainer, look: str = "") -> str:
        last = self._folder / RESUME_FILE
        kept = f"epoch {trainer.current_epoch} is kept in {last}" if last.is_file() else "no epoch was finished"
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        return f"{kept}; lower schedule.learning_rate ({rate:.3g} now){look}, and train again with another --out"
