from pathlib import Path

import pytest
import torch
from datasets.make_prcc import make_prcc
from torch.utils.data import DataLoader, default_collate

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.images import read_pair
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.reid_dataset import Batch, ReIDDataset


@pytest.fixture
def data(tmp_path: Path) -> PRCC:
    return PRCC(make_prcc(tmp_path))


@pytest.mark.parametrize("cache", [False, True])
def test_an_item_is_its_record(data: PRCC, cache: bool) -> None:
    dataset = ReIDDataset(data.train, data.train_labels, 24, 12, cache=cache)
    assert len(dataset) == len(data.train)
    for row, record in enumerate(data.train):
        item, (image, parts) = dataset[row], read_pair(record, 24, 12)
        assert torch.equal(item.image, image)
        assert torch.equal(item.parts, parts)
        assert int(item.label) == record.identity - 1
        assert int(item.row) == row


def test_items_collate_to_a_batch(data: PRCC) -> None:
    dataset = ReIDDataset(data.train, {identity: 10 * identity for identity in range(1, 5)}, 24, 12)
    batch: Batch = default_collate([dataset[0], dataset[7]])
    assert isinstance(batch, Batch)
    assert batch.image.shape == (2, 3, 24, 12)
    assert batch.parts.shape == (2, 24, 12)
    assert batch.image.dtype == batch.parts.dtype == torch.uint8
    assert batch.label.tolist() == [10 * data.train[0].identity, 10 * data.train[7].identity]
    assert batch.label.dtype == batch.row.dtype == torch.int64
    assert batch.row.tolist() == [0, 7]


@pytest.mark.parametrize("cache", [False, True])
def test_worker_processes_read_the_same(data: PRCC, cache: bool) -> None:
    dataset = ReIDDataset(data.train, data.train_labels, 24, 12, cache=cache)
    here: list[Batch] = list(DataLoader(dataset, batch_size=8))
    there: list[Batch] = list(DataLoader(dataset, batch_size=8, num_workers=1))
    assert all(
        torch.equal(a, b) for one, other in zip(here, there, strict=True) for a, b in zip(one, other, strict=True)
    )


def test_images_without_part_maps_are_background(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path, parts=None), parts="none")
    for cache in (False, True):
        assert not ReIDDataset(data.train, data.train_labels, 24, 12, cache=cache)[0].parts.any()


def test_an_identity_without_a_class_is_named(data: PRCC) -> None:
    with pytest.raises(ValueError, match="identity 3 has no class"):
        ReIDDataset(data.train, {1: 0, 2: 1, 4: 2}, 24, 12)


def test_a_cache_fails_on_a_broken_image_at_once(data: PRCC) -> None:
    data.train[5].image.write_bytes(b"no image")
    with pytest.raises(ImageError, match=data.train[5].image.name):
        ReIDDataset(data.train, data.train_labels, 24, 12, cache=True)


def test_no_records_are_an_empty_data_set() -> None:
    assert len(ReIDDataset([], {}, 24, 12, cache=True)) == 0
