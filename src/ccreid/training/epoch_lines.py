"""One line an epoch, for logs and pipes, where a progress bar would print thousands."""

import sys
import time

from ccreid.training.lightning import Callback, LightningModule, Trainer


class EpochLines(Callback):
    """Prints the epoch, the loss and the time left to stderr."""

    def __init__(self) -> None:
        self._started = 0.0
        self._first_epoch = 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock.

        Args:
            trainer: Says which epoch is the first, 0 unless the run is resumed.
            pl_module: What is trained.
        """
        self._started = time.monotonic()
        self._first_epoch = trainer.current_epoch

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the line.

        Args:
            trainer: Says which epoch has ended and what was logged.
            pl_module: What is trained.
        """
        if not trainer.is_global_zero or trainer.should_stop:  # an epoch that was cut short says nothing of the others
            return
        done = trainer.current_epoch + 1
        total = trainer.max_epochs or done
        each = (time.monotonic() - self._started) / (done - self._first_epoch)
        loss = trainer.callback_metrics.get("total")
        shown = "" if loss is None else f", loss {loss:.3f}"
        print(
            f"epoch {done}/{total}{shown}, {each:.0f} s an epoch, {each * (total - done):.0f} s left", file=sys.stderr
        )
