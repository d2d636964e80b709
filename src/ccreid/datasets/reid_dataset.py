"""A torch data set of images, part maps and labels."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset

from ccreid.datasets.images import read_pair
from ccreid.datasets.record import ImageRecord


class Batch(NamedTuple):
    """One image, or, collated by torch's `default_collate`, a batch of B.

    Attributes:
        image: uint8 RGB (B, 3, H, W).
        parts: uint8 (B, H, W), values 0..5; background throughout where the image has no part map.
        label: int64 (B,), the identity's class.
        camera: int64 (B,), place of the image's camera in `ReIDDataset.cameras`.
        row: int64 (B,), the record's place in the data set.
    """

    image: Tensor
    parts: Tensor
    label: Tensor
    camera: Tensor
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

    Attributes:
        cameras: Names of the records' cameras, sorted.

    Raises:
        ValueError: An identity has no class.
        ImageError: An image is broken, when it is read.
        PartMapError: A part map is broken or does not fit its image, when it is read.
    """

    def __init__(
        self, records: Sequence[ImageRecord], labels: Mapping[int, int], height: int, width: int, *, cache: bool = False
    ) -> None:
        unknown = sorted({record.identity for record in records} - labels.keys())
        if unknown:
            raise ValueError(
                f"identity {unknown[0]} has no class, as {len(unknown)} of the records': add it to `labels`"
            )
        self.cameras: tuple[str, ...] = tuple(sorted({record.camera for record in records}))
        self._records = records
        self._height, self._width = height, width
        self._labels = torch.tensor([labels[record.identity] for record in records], dtype=torch.int64)
        self._cameras = torch.tensor([self.cameras.index(record.camera) for record in records], dtype=torch.int64)
        self._cache = _read_all(records, height, width) if cache else None

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: int) -> Batch:
        if self._cache is None:
            image, parts = read_pair(self._records[index], self._height, self._width)
        else:
            image, parts = self._cache[0][index], self._cache[1][index]
        return Batch(image, parts, self._labels[index], self._cameras[index], torch.tensor(index))


def _read_all(records: Sequence[ImageRecord], height: int, width: int) -> tuple[Tensor, Tensor]:
    images = torch.empty(len(records), 3, height, width, dtype=torch.uint8)
    parts = torch.empty(len(records), height, width, dtype=torch.uint8)

    def read(index: int) -> None:
        images[index], parts[index] = read_pair(records[index], height, width)

    # Pillow decodes outside the interpreter lock, so threads share the work.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(read, range(len(records))):
            pass
    return images, parts
