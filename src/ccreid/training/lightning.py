"""What training uses of PyTorch Lightning: the one place that looks for it, since only the extra `train` brings it.

Batches, schedules, recipes and the folders of runs work without it; whatever imports this file does not.
"""

from ccreid.errors import MissingExtraError

try:
    import tensorboard  # type: ignore[import-untyped]  # noqa: F401  # which Lightning looks for as a run starts
    from pytorch_lightning import LightningDataModule, LightningModule, Trainer
    from pytorch_lightning.callbacks import Callback, ModelCheckpoint, RichProgressBar
    from pytorch_lightning.loggers import TensorBoardLogger
    from pytorch_lightning.plugins.io import TorchCheckpointIO
    from pytorch_lightning.trainer.states import TrainerStatus
    from pytorch_lightning.utilities import rank_zero_only
except ModuleNotFoundError as error:
    raise MissingExtraError(f"training needs {error.name}, which is missing: pip install 'ccreid[train]'") from error

__all__ = [
    "Callback",
    "LightningDataModule",
    "LightningModule",
    "ModelCheckpoint",
    "RichProgressBar",
    "TensorBoardLogger",
    "TorchCheckpointIO",
    "Trainer",
    "TrainerStatus",
    "first_epoch",
    "is_first_process",
]


def is_first_process() -> bool:
    """Whether this is the one of several training processes that prints and writes, or the only one."""
    # Lightning reads it from the environment that torchrun, SLURM or its own launcher sets.
    return int(getattr(rank_zero_only, "rank", None) or 0) == 0


def first_epoch(trainer: Trainer) -> int:
    """Return the epoch that a run's first batches are of: 0, or of a resumed run the one that it goes on with.

    Lightning tells a loader's sampler each epoch, but the first only after it has asked the loader for its batches, and
    worker processes have begun to read by then. So a loader has to begin with the right one.

    Args:
        trainer: That has found out where it goes on, as it has when it asks for a loader.
    """
    # Lightning types it as a tracker of less.
    return int(trainer.fit_loop.epoch_progress.current.processed)  # type: ignore[attr-defined]
