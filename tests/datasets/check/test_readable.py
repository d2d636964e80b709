from pathlib import Path

import pytest
from datasets.make_market1501 import make_market1501

from ccreid.datasets.check.readable import UnreadableError, require_readable
from ccreid.datasets.market1501 import Market1501
from ccreid.datasets.pack import Pack, write_pack


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
    monkeypatch.setattr("ccreid.datasets.check.readable.find_broken", lambda loose: asked.extend(loose) or [])
    require_readable(records, Pack(tmp_path / "pack", root))
    assert not asked
