from pathlib import Path

import numpy as np
from datasets.make_prcc import make_prcc

from ccreid.datasets.broken import find_broken
from ccreid.datasets.part_maps import write_parts
from ccreid.datasets.prcc import PRCC


def test_whole_images_are_not_listed(tmp_path: Path) -> None:
    assert find_broken(PRCC(make_prcc(tmp_path, size=(160, 80))).train) == []


def test_cut_off_and_foreign_files_are_listed_with_the_reason(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path, size=(600, 300))).train
    whole = records[3].image.read_bytes()
    records[3].image.write_bytes(whole[: len(whole) - 200])
    records[5].image.write_bytes(b"no image")
    records[6].image.unlink()
    broken = find_broken(records)
    assert [fault.path for fault in broken] == [records[index].image for index in (3, 5, 6)]
    assert "truncated" in broken[0].reason


def test_part_maps_that_do_not_fit_are_listed(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path)).train
    for record in records[:2]:
        assert record.parts is not None
        write_parts(record.parts, np.zeros((5, 4), dtype=np.uint8))
    broken = find_broken(records)
    assert [fault.path for fault in broken] == [record.parts for record in records[:2]]
    assert "5x4" in broken[0].reason
