"""A torch data set of images, part maps and labels."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ccreid.datasets.images import read_pair
from ccreid.datasets.pack import Pack
from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError
from ccreid.parts import Part
from ccreid.prefetch import prefetch

_AHEAD: Final = 64


class Batch(NamedTuple):
    """One image, or, collated by torch's `default_collate`, a batch of B.

    Attributes:
        image: uint8 RGB (B, 3, H, W).
        parts: uint8 (B, H, W), values 0..5; background throughout where the image has no part map.
        label: int64 (B,), the identity's class.
        row: int64 (B,), the record's place in the data set.
    """

    image: Tensor
    parts: Tensor
    label: Tensor
    row: Tensor


class ReIDDataset(Dataset[Batch]):
    """Records as tensors, all of one size.

    Args:
        records: The images.
        labels: Class of each identity.
        height: Of the images handed out, in pixels.
        width: Of the images handed out, in pixels.
        cache: Read all images now, on all cores, and keep them in memory: 4 * height * width bytes each. Pays where
            reading takes longer than training, and for sets that fit; worker processes share the memory.
        pack: Where images are taken from that are in it and have not changed since; see `ccreid.datasets.pack`.

    Raises:
        ValueError: An identity has no class.
        ImageError: An image is broken, when it is read.
        PartMapError: A part map is broken or does not fit its image, when it is read.
    """

    def __init__(
        self,
        records: Sequence[ImageRecord],
        labels: Mapping[int, int],
        height: int,
        width: int,
        *,
        cache: bool = False,
        pack: Pack | None = None,
    ) -> None:
        unknown = sorted({record.identity for record in records} - labels.keys())
        if unknown:
            raise BadValueError(
                f"identity {unknown[0]} has no class, as {len(unknown)} of the records': add it to `labels`"
            )
        self._records = records
        self._height, self._width = height, width
        self._labels = torch.tensor([labels[record.identity] for record in records], dtype=torch.int64)
        self._has_parts = np.array([record.parts is not None for record in records], dtype=np.bool_)
        self._pack = pack
        self._rows = None if pack is None else pack.rows(records)
        self._cache: tuple[Tensor, Tensor] | None = None
        if cache:
            self._cache = self._read_all()

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int | Sequence[int]) -> Batch:
        """Return one record, or a batch where a loader's sampler hands out whole batches."""
        if not isinstance(index, int):
            return self.batch(index)
        images, parts = self._pixels([index])
        return Batch(images[0], parts[0], self._labels[index], torch.tensor(index))

    def batch(self, indices: Sequence[int]) -> Batch:
        """Return these records as one batch, sliced out of the pack or the memory where they are there."""
        places = torch.tensor(indices)
        return Batch(*self._pixels(indices), self._labels[places], places)

    def _pixels(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return images (B, 3, height, width) and part maps (B, height, width)."""
        if self._cache is not None:
            return self._cache[0][indices], self._cache[1][indices]
        if self._pack is None or self._rows is None or (self._rows[indices] < 0).any():
            pairs = [self._pair(index) for index in indices]
            return torch.stack([image for image, _ in pairs]), torch.stack([parts for _, parts in pairs])
        images, parts = self._pack.read(self._rows[indices])
        parts[torch.from_numpy(~self._has_parts[indices])] = Part.BACKGROUND
        return images, parts

    def _pair(self, index: int) -> tuple[Tensor, Tensor]:
        if self._pack is not None and self._rows is not None and self._rows[index] >= 0:
            image, parts = self._pack.read(self._rows[[index]])
            return image[0], parts[0] if self._has_parts[index] else torch.zeros_like(parts[0])
        return read_pair(self._records[index], self._height, self._width)

    def _read_all(self) -> tuple[Tensor, Tensor]:
        images = torch.empty(len(self), 3, self._height, self._width, dtype=torch.uint8)
        parts = torch.empty(len(self), self._height, self._width, dtype=torch.uint8)

        # Pillow decodes outside the interpreter lock, so threads share the work.
        for index, pair in enumerate(prefetch(self._pair, range(len(self)), _AHEAD)):
            images[index], parts[index] = pair
        return images, parts
