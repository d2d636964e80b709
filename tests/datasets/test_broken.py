import builtins
import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets.make_market1501 import make_market1501
from datasets.make_prcc import make_prcc
from PIL import Image

from ccreid.datasets.broken import UnreadableError, find_broken, require_readable
from ccreid.datasets.market1501 import Market1501
from ccreid.datasets.pack import Pack, write_pack
from ccreid.datasets.part_maps import write_parts
from ccreid.datasets.prcc import PRCC


def test_whole_images_are_not_listed(tmp_path: Path) -> None:
    assert find_broken(PRCC(make_prcc(tmp_path, size=(160, 80))).train) == []


@pytest.mark.slow
@pytest.mark.answers("bad data", "a text file named .jpg")
@pytest.mark.answers("bad data", "images that are broken, among others that are whole")
def test_cut_off_and_foreign_files_are_listed_with_the_reason(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path, size=(600, 300))).train
    whole = records[3].image.read_bytes()
    records[3].image.write_bytes(whole[: len(whole) - 200])
    records[5].image.write_bytes(b"no image")
    records[6].image.unlink()
    broken = find_broken(records)
    assert [fault.path for fault in broken] == [records[index].image for index in (3, 5, 6)]
    assert "truncated" in broken[0].reason


@pytest.mark.answers("bad data", "a part map of another size than its image")
def test_part_maps_that_do_not_fit_are_listed(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path)).train
    for record in records[:2]:
        assert record.parts is not None
        write_parts(record.parts, np.zeros((5, 4), dtype=np.uint8))
    broken = find_broken(records)
    assert [fault.path for fault in broken] == [record.parts for record in records[:2]]
    assert "5x4" in broken[0].reason


@pytest.mark.answers("bad data", "a part map with values above 5")
def test_a_part_map_of_other_values_is_listed(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path)).train
    assert records[2].parts is not None
    with Image.open(records[2].parts) as shown:
        Image.fromarray(np.full((shown.height, shown.width), 6, np.uint8)).save(records[2].parts)
    (broken,) = find_broken(records)
    assert broken.path == records[2].parts
    assert "a part map holds 6, expected parts 0..5" in broken.reason


@pytest.mark.answers("bad data", "an image that may not be read")
def test_a_file_that_may_not_be_read_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = PRCC(make_prcc(tmp_path)).train
    refused, opened = records[1].image, builtins.open

    # Who runs the tests as root may read everything.
    def guarded(file: object, *others: Any, **more: Any) -> Any:
        if str(file) == str(refused):
            raise PermissionError(errno.EACCES, "Permission denied", str(file))
        return opened(file, *others, **more)

    monkeypatch.setattr(builtins, "open", guarded)
    (broken,) = find_broken(records)
    assert broken.path == refused
    assert "Permission denied" in broken.reason


@pytest.mark.answers("bad data", "a link that leads to itself")
def test_a_link_to_itself_is_listed(tmp_path: Path) -> None:
    records = PRCC(make_prcc(tmp_path)).train
    records[0].image.unlink()
    records[0].image.symlink_to(records[0].image.name)
    (broken,) = find_broken(records)
    assert broken.path == records[0].image
    assert "symbolic links" in broken.reason


def test_whole_images_pass(tmp_path: Path) -> None:
    require_readable(Market1501(make_market1501(tmp_path)).records())


def test_one_error_names_the_first_ten_and_counts_the_others(tmp_path: Path) -> None:
    records = Market1501(make_market1501(tmp_path)).records()
    for record in records[:12]:
        record.image.write_bytes(b"no image")
    with pytest.raises(UnreadableError) as raised:
        require_readable(records)
    named = [record.image.name in str(raised.value) for record in records]
    assert named == [True] * 10 + [False] * (len(records) - 10)
    assert f"12 of {len(records)} images" in str(raised.value)
    assert "and 2 more" in str(raised.value)


def test_images_that_are_in_the_pack_as_they_are_need_not_be_whole(tmp_path: Path) -> None:
    root = make_market1501(tmp_path / "data")
    records = Market1501(root, "where_there").records()
    broken = records[3].image
    broken.write_bytes(b"no image")
    write_pack(tmp_path / "pack", root, [one for one in records if one.image != broken], 32, 16)
    pack = Pack(tmp_path / "pack", root)
    require_readable([one for one in records if one.image != broken], pack)
    with pytest.raises(UnreadableError, match=broken.name):
        require_readable(records, pack)
    records[4].image.write_bytes(b"changed since")
    with pytest.raises(UnreadableError, match=rf"2 of .*{records[4].image.name}"):
        require_readable(records, pack)


def test_images_in_the_pack_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_market1501(tmp_path / "data")
    records = Market1501(root, "where_there").records()
    write_pack(tmp_path / "pack", root, records, 32, 16)
    asked: list[object] = []
    monkeypatch.setattr("ccreid.datasets.broken.find_broken", lambda loose: asked.extend(loose) or [])
    require_readable(records, Pack(tmp_path / "pack", root))
    assert not asked
