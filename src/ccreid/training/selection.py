"""Picks the epoch by held-out *training* identities, so that test queries never choose a model."""

from pathlib import Path
from typing import Any

from ccreid.datasets.pack import Pack
from ccreid.datasets.retrieval_setting import RetrievalSetting
from ccreid.evaluation.evaluate import setting_features
from ccreid.evaluation.features import evaluate_features
from ccreid.models.checkpoint import save_checkpoint
from ccreid.models.reid_model import ReIDModel
from ccreid.training.lightning import Callback, LightningModule, Trainer
from ccreid.training.module import ReIDTraining


class HeldOutSelection(Callback):
    """Keeps the weights of the epoch with the best (R1 + mAP) / 2 on held-out identities.

    Args:
        setting: How images of identities that are not trained on are searched; see `PeopleDataSet.held_out_setting`.
        path: Where the best model is written.
        pack: Where images are taken from that are in it.
    """

    def __init__(self, setting: RetrievalSetting, path: Path, pack: Pack | None = None) -> None:
        self._setting = setting
        self._path = path
        self._pack = pack
        self.best_score = -1.0
        self.best_epoch = -1

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Evaluate every few epochs, and after the last.

        Args:
            trainer: Says which epoch has ended.
            pl_module: What is trained.
        """
        assert isinstance(pl_module, ReIDTraining)
        recipe, epoch = pl_module.recipe, trainer.current_epoch + 1
        if epoch % recipe.selection.every and epoch != trainer.max_epochs:
            return
        score = self.score(pl_module)
        pl_module.log("held_out", score, prog_bar=True, rank_zero_only=True)
        if score > self.best_score and trainer.is_global_zero:
            self.best_score, self.best_epoch = score, epoch
            save_checkpoint(self._path, pl_module.learned, recipe, epoch)

    def score(self, training: ReIDTraining) -> float:
        """Return (R1 + mAP) / 2 of the model as it is now, a fraction."""
        model = ReIDModel(training.learned, training.recipe, training.device)
        query, gallery = setting_features(model, [self._setting], self._pack)[0]
        metrics = evaluate_features(query, gallery)
        return (metrics.rank(1) + metrics.mAP) / 2

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run must know."""
        return {"best_score": self.best_score, "best_epoch": self.best_epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up where an interrupted run stopped."""
        self.best_score, self.best_epoch = state_dict["best_score"], state_dict["best_epoch"]
