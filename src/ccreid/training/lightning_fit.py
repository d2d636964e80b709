"""One run through Lightning's trainer: progress, a checkpoint after every epoch, and going on from it."""

import logging
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ccreid.errors import BadValueError, CcreidError
from ccreid.recipe import TrainerRecipe
from ccreid.training.checkpoint_file import WholeCheckpoints
from ccreid.training.epoch_lines import EpochLines
from ccreid.training.lightning import (
    Callback,
    LightningDataModule,
    LightningModule,
    ModelCheckpoint,
    RichProgressBar,
    TensorBoardLogger,
    Trainer,
    TrainerStatus,
)
from ccreid.training.run_folder import RESUME_FILE, resumable

_IN_WORKER: Final = "in DataLoader worker process"

# A scheduler that ends a job tells all its processes, and torch may hear of a worker's end before Lightning of its own.
_WORKER_TOLD_TO_END: Final = "is killed by signal: Terminated"

_INTERACTIVE = sys.stderr.isatty()

# Lightning's advice about what is meant: the recipe says how many loader processes there are, a resumed run's folder is
# not empty and may have been moved, a precision below 32 bits was asked for, and a running mean of the weights is not
# trained itself.
_EXPECTED_WARNINGS = (
    ".*does not have many workers.*",
    ".*Checkpoint directory .* exists and is not empty.*",
    ".*isinstance.treespec, LeafSpec.*",
    ".*in eval mode at the start of training.*",
    ".*The dirpath has changed from.*",
)


def fit_module(
    module: LightningModule,
    data: LightningDataModule,
    folder: Path,
    machine: TrainerRecipe,
    epochs: int,
    callbacks: Sequence[Callback] = (),
    *,
    clip: float = 0.0,
    accumulate: int = 1,
) -> Trainer:
    """Train to the last epoch, from the folder's last finished epoch if there is one, and return the trainer.

    Args:
        module: What is trained.
        data: Its batches.
        folder: Where last.ckpt is written after every epoch, and the TensorBoard logs.
        machine: What it is trained on.
        epochs: In all.
        callbacks: Of the run's own.
        clip: Largest norm of the gradient of all weights together; 0 for no limit.
        accumulate: Batches whose mean gradient makes one step.

    Raises:
        BadValueError: Lightning cannot train on such a machine.
        RunError: What the folder's run is to go on from is damaged.
        KeyboardInterrupt: Ctrl-C, or SIGTERM; the last finished epoch is kept.
    """
    last = resumable(folder)
    shared: list[Callback] = [
        ModelCheckpoint(folder, filename=Path(RESUME_FILE).stem, save_top_k=1, enable_version_counter=False),
        RichProgressBar() if _INTERACTIVE else EpochLines(),
    ]
    with warnings.catch_warnings():
        for message in _EXPECTED_WARNINGS:
            warnings.filterwarnings("ignore", message)
        try:
            trainer = Trainer(
                accelerator=machine.accelerator,
                devices=machine.devices,
                num_nodes=machine.num_nodes,
                precision=machine.precision,  # type: ignore[arg-type]  # any of Lightning's names; it checks them
                max_epochs=epochs,
                logger=TensorBoardLogger(folder, name=None, version="logs"),
                callbacks=[*shared, *callbacks],
                plugins=[WholeCheckpoints()],
                gradient_clip_val=clip or None,
                accumulate_grad_batches=accumulate,
                use_distributed_sampler=False,
                enable_progress_bar=_INTERACTIVE,
                enable_model_summary=False,
                log_every_n_steps=1,
            )
        except Exception as error:  # Lightning's own and built-in ones, all of them about these settings
            raise BadValueError(
                f"the trainer cannot be set up ({' '.join(str(error).split())}): change trainer.accelerator, "
                "trainer.devices, trainer.num_nodes or trainer.precision"
            ) from error
        try:
            trainer.fit(module, datamodule=data, ckpt_path=last, weights_only=True)
        except SystemExit:
            if trainer.state.status is TrainerStatus.INTERRUPTED:
                raise KeyboardInterrupt from None
            raise
        except CcreidError as error:
            if _IN_WORKER not in str(error):
                raise
            # torch puts the whole trace of the process that reads images before the error's own words.
            own = (
                str(error).rstrip().splitlines()[-1].removeprefix(f"{type(error).__module__}.{type(error).__name__}: ")
            )
            raise type(error)(own) from error
        except RuntimeError as error:
            # torch reports it as the cause of another, where it waited for that worker.
            if trainer.received_sigterm or _WORKER_TOLD_TO_END in f"{error} {error.__cause__}":
                raise KeyboardInterrupt from None
            raise
    return trainer


def quiet_lightning() -> None:
    """Let Lightning speak of warnings and errors alone."""
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.WARNING)
