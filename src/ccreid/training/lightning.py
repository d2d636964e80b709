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
    "is_first_process",
]


def is_first_process() -> bool:
    """Whether this is the one of several training processes that prints and writes, or the only one."""
    # Lightning reads it from the environment that torchrun, SLURM or its own launcher sets.
    return int(getattr(rank_zero_only, "rank", None) or 0) == 0
