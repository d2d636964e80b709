"""The training images of a recipe: which are read, which are held out, and the loader of P x K batches."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch.utils.data import DataLoader

from ccreid.datasets.pack import Pack, open_pack
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.datasets.record import ImageRecord
from ccreid.datasets.reid_dataset import Batch, ReIDDataset
from ccreid.datasets.split import split_identities
from ccreid.errors import BadValueError
from ccreid.recipe import Recipe
from ccreid.training.lightning import LightningDataModule, first_epoch
from ccreid.training.outfit_labels import outfits_as_identities
from ccreid.training.pk_sampler import PKSampler

SHARED: Final = Path("/dev/shm")
"""Where Linux shows the memory that processes share."""

# Batches that torch lets each worker read ahead.
_AHEAD: Final = 2


@dataclass(frozen=True)
class TrainingImages:
    """The training images, split for model selection.

    Attributes:
        learned: Images that the model is trained on.
        held_out: Images of other training identities, for picking an epoch; empty where the last epoch is taken.
        labels: Class of each learned identity, 0..N-1; of each outfit, where the recipe's labels are outfits.
    """

    learned: Sequence[ImageRecord]
    held_out: Sequence[ImageRecord]
    labels: dict[int, int]


def training_images(data: PeopleDataSet, recipe: Recipe) -> TrainingImages:
    """Split the training identities by the recipe's share of held-out ones.

    Args:
        data: Whose training images are split.
        recipe: `selection.held_out` says the share, and the seed which identities.

    Raises:
        ValueError: The share is out of its range, or some are to be held out and there are fewer than two; or the
            labels are outfits, and an image's is not known.
    """
    learned: Sequence[ImageRecord] = data.train
    held_out: Sequence[ImageRecord] = ()
    if recipe.selection.held_out > 0:
        learned, held_out = split_identities(data.train, recipe.selection.held_out, recipe.seed)
    if recipe.data.labels == "outfits":
        learned = outfits_as_identities(learned)
    identities = sorted({record.identity for record in learned})
    return TrainingImages(learned, held_out, {identity: label for label, identity in enumerate(identities)})


def recipe_pack(recipe: Recipe) -> Pack | None:
    """Open the pack of the recipe's data set, its own or the one beside the root, if there is one."""
    settings = recipe.data
    if settings.root is None:
        return None
    return open_pack(settings.root, settings.height, settings.width, settings.pack, settings.modality)


def training_loader(images: TrainingImages, recipe: Recipe, rank: int = 0, world_size: int = 1) -> DataLoader[Batch]:
    """Return the loader of this process's share of the P x K batches.

    Args:
        images: Of which those that are learned are read.
        recipe: How images are read, and P, K and the seed.
        rank: This process, 0 to `world_size` - 1.
        world_size: Number of processes.

    Returns:
        Batches of (P / `world_size`) x K images. The sampler's `set_epoch` chooses the epoch's.

    Raises:
        ValueError: There are fewer identities than P, or P does not divide by the number of processes.
        PackError: The recipe's pack cannot be used.
        BadValueError: There is not so much shared memory as its workers need.
    """
    settings = recipe.data
    dataset = ReIDDataset(
        images.learned,
        images.labels,
        settings.height,
        settings.width,
        cache=settings.cache,
        pack=recipe_pack(recipe),
    )
    sampler = training_sampler(images, recipe, rank, world_size)
    in_batch = settings.identities // world_size * settings.instances
    size = in_batch * 4 * settings.height * settings.width
    ahead = batches_ahead(settings.workers, size * recipe.trainer.devices)
    # The sampler yields whole batches, which are sliced rather than collated. It is no `batch_sampler`, since Lightning
    # tells the epoch to a loader's `sampler` alone.
    return DataLoader(
        dataset,
        batch_size=None,
        sampler=sampler,
        num_workers=settings.workers,
        persistent_workers=settings.workers > 0,
        prefetch_factor=ahead,
        pin_memory=recipe.trainer.accelerator != "cpu" and torch.cuda.is_available(),
    )


def batches_ahead(workers: int, size: int, shared: Path = SHARED) -> int | None:
    """Return how many batches each worker reads ahead, such that they fit the memory that processes share.

    Containers have 64 MB of it unless they are given more. A process that finds no room is ended by the system.

    Args:
        workers: Processes that read images; 0 reads in this process, and nothing ahead.
        size: Of a batch, in bytes.
        shared: Where the memory that processes share is found.

    Raises:
        BadValueError: Not even one batch of each worker fits.
    """
    if workers == 0:
        return None
    if not shared.is_dir():  # a system without such a limit
        return _AHEAD
    room = shutil.disk_usage(shared).free
    for ahead in (_AHEAD, 1):
        # Beside what is read ahead there are the batch that is trained on and the one after it.
        needed = (workers * ahead + 2) * size
        if needed <= room:
            return ahead
    raise BadValueError(
        f"data.workers is {workers}, and their batches need {needed / 1e6:.0f} MB of shared memory, of which {shared} "
        f"has {room / 1e6:.0f} left: lower data.workers, or give a container more with --shm-size"
    )


def training_sampler(images: TrainingImages, recipe: Recipe, rank: int = 0, world_size: int = 1) -> PKSampler:
    """Return the sampler of this process's share of the P x K batches; arguments and errors are `training_loader`'s.

    Args:
        images: Of which those that are learned are drawn.
        recipe: P, K and the seed.
        rank: This process, 0 to `world_size` - 1.
        world_size: Number of processes.
    """
    labels = [images.labels[record.identity] for record in images.learned]
    settings = recipe.data
    return PKSampler(labels, settings.identities, settings.instances, recipe.seed, rank, world_size)


class TrainingData(LightningDataModule):
    """Hands each process its share of the batches, once Lightning knows how many processes there are.

    Args:
        images: See `training_loader`.
        recipe: See `training_loader`.
    """

    def __init__(self, images: TrainingImages, recipe: Recipe) -> None:
        super().__init__()
        self._images = images
        self._recipe = recipe

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return this process's loader."""
        assert self.trainer is not None  # Lightning asks for the loader after it has attached itself
        loader = training_loader(self._images, self._recipe, self.trainer.global_rank, self.trainer.world_size)
        assert isinstance(loader.sampler, PKSampler)
        loader.sampler.set_epoch(first_epoch(self.trainer))
        return loader
