"""The batches that the tiny parser is trained on."""

import torch
from torch.utils.data import DataLoader, DistributedSampler

from ccreid.datasets.prcc import PRCC
from ccreid.datasets.reid_dataset import Batch, ReIDDataset
from ccreid.parsing.tiny.parser import HEIGHT, WIDTH
from ccreid.training.lightning import LightningDataModule
from ccreid.training.parser.recipe import ParserRecipe


class ParserData(LightningDataModule):
    """Hands each process its share of the training images with part maps, in an order that seed and epoch decide.

    Args:
        data: Whose training images are read.
        recipe: How to train.
    """

    def __init__(self, data: PRCC, recipe: ParserRecipe) -> None:
        super().__init__()
        self._data = data
        self._recipe = recipe

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return this process's loader."""
        assert self.trainer is not None  # Lightning asks for the loader after it has attached itself
        settings, processes = self._recipe.data, self.trainer.world_size
        dataset = ReIDDataset(self._data.train, self._data.train_labels, HEIGHT, WIDTH, cache=settings.cache)
        # Lightning tells the sampler each epoch, so that a resumed run goes on with the order it would have had.
        sampler: DistributedSampler[Batch] = DistributedSampler(
            dataset, processes, self.trainer.global_rank, seed=self._recipe.seed
        )
        return DataLoader(
            dataset,
            batch_size=max(1, settings.batch // processes),
            sampler=sampler,
            num_workers=settings.workers,
            persistent_workers=settings.workers > 0,
            pin_memory=self._recipe.trainer.accelerator != "cpu" and torch.cuda.is_available(),
        )
