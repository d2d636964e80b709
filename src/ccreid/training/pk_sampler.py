"""Batches of P identities with K images each (Shu et al. 2021, Sec. III-A: 16 x 4)."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ccreid.errors import BadValueError


class PKSampler(torch.utils.data.Sampler[list[int]]):
    """Draws batches of P identities x K images, the same for a seed and an epoch on any machine.

    Identities are dealt from a shuffled deck that is dealt out before it is shuffled again, so that in one epoch no
    identity is drawn more than once oftener than another. Each identity deals its images in the same way; an identity
    with fewer than K images repeats some within a batch. An epoch is as many batches as the images fill.

    Under data-parallel training every process makes the same global batches and takes its own identities of each, so
    that N processes together see what one process would, in the same order.

    It is a `batch_sampler` for a loop of one's own, which must call `set_epoch` before each epoch.

    Args:
        labels: Identity of each image of the data set.
        identities: P, in the whole batch over all processes.
        instances: K.
        seed: Of all draws.
        rank: This process, 0 to `world_size` - 1.
        world_size: Number of processes.

    Raises:
        ValueError: P or K is below 2, there are fewer identities than P, or P does not divide by the number of
            processes.

    Example:
        >>> sampler = PKSampler(labels=[0, 0, 1, 1, 2, 2], identities=2, instances=2)
        >>> loader = torch.utils.data.DataLoader(torch.tensor([0, 0, 1, 1, 2, 2]), batch_sampler=sampler)
        >>> sampler.set_epoch(1)
        >>> [sorted(labels.tolist()) for labels in loader]
        [[0, 0, 2, 2], [0, 0, 1, 1]]
    """

    def __init__(
        self,
        labels: Sequence[int],
        identities: int = 16,
        instances: int = 4,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self._images = _images_by_identity(labels)
        if identities < 2 or instances < 2:
            raise BadValueError(
                f"a batch of {identities} identities x {instances} images has no triplet: both must be at least 2"
            )
        if len(self._images) < identities:
            raise BadValueError(
                f"a batch needs {identities} identities and the training images show {len(self._images)}: "
                "lower data.identities or add identities"
            )
        if identities % world_size:
            raise BadValueError(
                f"{identities} identities do not divide over {world_size} processes: make data.identities a multiple"
            )
        self._identities = identities
        self._instances = instances
        self._seed = seed
        self._rank = rank
        self._world_size = world_size
        self._epoch = 0
        self._batches = max(1, -(-len(labels) // (identities * instances)))

    def __len__(self) -> int:
        return self._batches

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches the next iteration yields; Lightning calls this."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng([self._seed, self._epoch])
        deck = _Deck(len(self._images), random)
        image_decks = [_Deck(len(images), random) for images in self._images]
        size = self._identities // self._world_size
        share = slice(self._rank * size, (self._rank + 1) * size)
        for _ in range(self._batches):
            # Every process deals every identity's images, or the decks would differ between processes.
            chosen = [
                [int(self._images[identity][i]) for i in image_decks[identity].deal(self._instances)]
                for identity in deck.deal_distinct(self._identities)
            ]
            yield [index for images in chosen[share] for index in images]


class _Deck:
    """Numbers 0..size-1, dealt without return; shuffled anew when all are dealt."""

    def __init__(self, size: int, random: np.random.Generator) -> None:
        self._size = size
        self._random = random
        self._left: list[int] = []

    def deal(self, count: int) -> list[int]:
        dealt: list[int] = []
        while len(dealt) < count:
            if not self._left:
                self._left = self._random.permutation(self._size).tolist()
            dealt.append(self._left.pop())
        return dealt

    def deal_distinct(self, count: int) -> list[int]:
        """Deal `count` different numbers, also where the deck is shuffled anew in between."""
        dealt = self._left[-count:]
        del self._left[-count:]
        if len(dealt) < count:
            fresh = self._random.permutation(self._size).tolist()
            taken = set(dealt)
            later = [number for number in fresh if number in taken]
            now = [number for number in fresh if number not in taken]
            missing = count - len(dealt)
            dealt += now[:missing]
            self._left = later + now[missing:]
        return dealt


def _images_by_identity(labels: Sequence[int]) -> list[NDArray[np.int64]]:
    order = np.argsort(np.asarray(labels), kind="stable")
    _, starts = np.unique(np.asarray(labels)[order], return_index=True)
    return np.split(order, starts[1:])
