from pathlib import Path

import numpy as np
import pytest
from datasets.make_prcc import make_prcc

from ccreid.datasets.part_maps import PartMapError, read_parts, write_parts
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.silhouettes import read_silhouettes, silhouette


def _map(*rows: str) -> np.ndarray:
    return np.array([[int(part) for part in row] for row in rows], dtype=np.uint8)


def test_every_part_but_the_background_counts() -> None:
    assert silhouette(_map("0120", "0340", "0550"), 3, 2).tolist() == [[255, 255]] * 3


def test_a_pixel_is_the_share_that_the_person_covers() -> None:
    random = np.random.default_rng(0)
    parts = random.integers(0, 6, (8, 6), dtype=np.uint8) * random.integers(0, 2, (8, 6), dtype=np.uint8)
    parts[:, 0] = parts[:, 5] = 1
    got = silhouette(parts, 4, 9)
    expected = np.zeros((4, 3))
    for row in range(4):
        for column in range(3):
            covered = sum(parts[2 * row + y, 2 * column + x] != 0 for y in range(2) for x in range(2))
            expected[row, column] = 255 * covered / 4
    columns = np.flatnonzero(got.any(axis=0))
    assert columns.tolist() == list(range(columns[0], columns[0] + 3))
    assert np.abs(got[:, columns] - expected).max() <= 1


def test_wherever_the_person_stands_in_the_picture_the_silhouette_is_the_same() -> None:
    small = np.zeros((12, 10), dtype=np.uint8)
    small[2:10, 1:4] = 2
    small[8:10, 4] = 5
    moved = np.roll(small, (1, 4), axis=(0, 1))
    assert np.array_equal(silhouette(small, 16, 11), silhouette(moved, 16, 11))


def test_the_person_fills_the_height_and_half_of_them_is_on_each_side_of_the_middle() -> None:
    parts = np.zeros((40, 30), dtype=np.uint8)
    parts[5:25, 3:9] = 1
    got = silhouette(parts, 32, 22)
    assert got.any(axis=1).all()
    assert abs(int(got[:, :11].sum()) - int(got[:, 11:].sum())) <= 2 * int(got.sum(axis=0).max())


def test_nobody_gives_an_empty_silhouette() -> None:
    assert not silhouette(np.zeros((4, 2), dtype=np.uint8), 8, 5).any()


def test_silhouettes_come_in_the_order_of_the_records(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path, images=1)).train
    random = np.random.default_rng(0)
    for record in records:
        assert record.parts is not None
        write_parts(record.parts, random.integers(0, 6, (32, 16), dtype=np.uint8))
    got = read_silhouettes(records, 16, 11)
    assert got.shape == (len(records), 16, 11)
    for own, record in zip(got, records, strict=True):
        assert record.parts is not None
        assert np.array_equal(own.numpy(), silhouette(read_parts(record.parts), 16, 11))


def test_a_record_without_a_part_map_is_named(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path, images=1, parts=None), parts="none").train
    with pytest.raises(PartMapError, match="A_cropped_rgb001"):
        read_silhouettes(records, 16, 11)
