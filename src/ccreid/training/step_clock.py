"""Takes the time of the first few steps of a training, and ends it there."""

import time
from dataclasses import dataclass
from typing import Any, Final

from ccreid.datasets.reid_dataset import Batch
from ccreid.errors import BadValueError
from ccreid.progress import duration, seconds_each
from ccreid.training.lightning import Callback, LightningModule, Trainer

# The first step finds nothing in its place: memory, kernels, loader processes.
_WARM_UP: Final = 1
_LEAST: Final = 2
_MOST: Final = 20
# So long are steps added to the least, and after so long not even the least are waited for.
_ENOUGH: Final = 10.0
_TOO_LONG: Final = 30.0


@dataclass(frozen=True)
class StepTimes:
    """How long the steps of a training take, and how many the whole has; as text, one line.

    Attributes:
        steps: Of the whole training.
        epochs: Of the whole training.
        step: Seconds of a step, the reading of its images included.
        epoch_end: Seconds that an epoch takes beside its steps, in which its weights are written.
        measured: Steps that were measured.
    """

    steps: int
    epochs: int
    step: float
    epoch_end: float
    measured: int

    @property
    def whole(self) -> float:
        """Seconds of the whole training."""
        return self.steps * self.step + self.epochs * self.epoch_end

    def __str__(self) -> str:
        """Return the estimate and what it is made of."""
        return (
            f"{duration(self.whole)}: {self.steps:,} steps in {self.epochs} epochs, {seconds_each(self.step)} each "
            f"(mean of {self.measured}), and {seconds_each(self.epoch_end)} at the end of an epoch"
        )


class StepClock(Callback):
    """Times steps after a warm-up step, and stops the training after a few of them or some seconds.

    Attributes:
        first: When the first step began, by `time.monotonic`.
    """

    def __init__(self) -> None:
        self.first = 0.0
        self._mark = 0.0
        self._seconds: list[float] = []
        self._steps = self._epochs = 0
        self._epoch_end = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Leave what happens between two epochs out of the steps' time."""
        self._mark = time.monotonic()
        if not self._steps:
            self.first = self._mark
            self._epochs = trainer.max_epochs or 1
            # Of batches, each of which is timed, whether or not several make one step of the optimiser.
            self._steps = int(trainer.num_training_batches) * self._epochs

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Batch, batch_idx: int
    ) -> None:
        """Take a step's time, from the end of the one before, and stop where that is enough."""
        before, self._mark = self._mark, time.monotonic()
        self._seconds.append(self._mark - before)
        measured, passed = len(self._seconds) - _WARM_UP, self._mark - self.first
        if measured >= _MOST or (measured >= _LEAST and passed >= _ENOUGH) or passed >= _TOO_LONG:
            trainer.should_stop = True

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the time since the last step, in which the weights were written."""
        self._epoch_end = time.monotonic() - self._mark

    def times(self) -> StepTimes:
        """Return what was measured; of a single step, which is slower than those after it, its own time."""
        if not self._seconds:
            raise BadValueError("no step was taken: the training images make no batch")
        measured = self._seconds[_WARM_UP:] or self._seconds
        return StepTimes(self._steps, self._epochs, sum(measured) / len(measured), self._epoch_end, len(measured))
