import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets.make_prcc import make_prcc
from torch.utils.data import DataLoader

from ccreid.atomic_files import InUseError, atomic_path, locked
from ccreid.datasets.decoding import ImageError
from ccreid.datasets.images import read_pair
from ccreid.datasets.pack import Pack, PackError, WrittenPack, default_pack, open_pack, write_pack
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.reid_dataset import ReIDDataset


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_prcc(tmp_path / "data")


def packed(root: Path, height: int = 24, width: int = 12) -> WrittenPack:
    return write_pack(default_pack(root, height, width), root, PRCC(root, "where_there").records(), height, width)


def test_a_pack_holds_what_the_files_do(root: Path) -> None:
    written = packed(root)
    assert written.path == root.with_name("data.24x12.pack")
    pack = open_pack(root, 24, 12)
    assert pack is not None
    records = PRCC(root, "where_there").records()
    assert len(pack) == written.count == len(records) > 20
    images, parts = pack.read(pack.rows(records))
    for record, image, part_map in zip(records, images, parts, strict=True):
        expected = read_pair(record, 24, 12)
        assert torch.equal(image, expected[0])
        assert torch.equal(part_map, expected[1])


@pytest.mark.parametrize("kind", ["png", "npy", None])
def test_batches_from_a_pack_equal_those_from_files(tmp_path: Path, kind: str | None) -> None:
    root = make_prcc(tmp_path / "data", parts=kind)
    packed(root)
    data = PRCC(root, parts="none" if kind is None else "required")
    from_files = ReIDDataset(data.train, data.train_labels, 24, 12)
    pack = open_pack(root, 24, 12)
    for cache in (False, True):
        from_pack = ReIDDataset(data.train, data.train_labels, 24, 12, pack=pack, cache=cache)
        for one, other in zip(from_pack.batch([7, 0, 3]), from_files.batch([7, 0, 3]), strict=True):
            assert torch.equal(one, other)
        assert all(torch.equal(a, b) for a, b in zip(from_pack[5], from_files[5], strict=True))


def test_training_without_part_maps_sees_none_though_the_pack_has_them(root: Path) -> None:
    packed(root)
    data = PRCC(root, parts="none")
    dataset = ReIDDataset(data.train, data.train_labels, 24, 12, pack=open_pack(root, 24, 12))
    assert not dataset.batch([0, 1]).parts.any()
    assert not dataset[0].parts.any()
    assert ReIDDataset(PRCC(root).train, data.train_labels, 24, 12, pack=open_pack(root, 24, 12))[0].parts.any()


@pytest.mark.parametrize("changed", ["image", "parts"])
def test_a_changed_source_is_read_from_its_file_with_a_warning(root: Path, changed: str) -> None:
    packed(root)
    data = PRCC(root)
    source = getattr(data.train[3], changed)
    other = getattr(data.train[9], changed)
    source.write_bytes(other.read_bytes())
    os.utime(source, ns=(1, 1))
    with pytest.warns(UserWarning, match=r"1 of 24 images are not in the pack .*data\.24x12\.pack"):
        dataset = ReIDDataset(data.train, data.train_labels, 24, 12, pack=open_pack(root, 24, 12))
    now = read_pair(data.train[3], 24, 12)
    for batch in (dataset.batch([0, 3]), dataset.batch([3])):
        assert torch.equal(batch.image[-1], now[0])
        assert torch.equal(batch.parts[-1], now[1])
    assert torch.equal(dataset.batch([0, 3]).image[0], read_pair(data.train[0], 24, 12)[0])


def test_an_image_that_is_added_later_is_read_from_its_file(root: Path) -> None:
    packed(root)
    first = PRCC(root).train[0]
    assert first.parts is not None
    (first.image.parent / "A_cropped_rgb099.jpg").write_bytes(first.image.read_bytes())
    (first.parts.parent / "A_cropped_rgb099.png").write_bytes(first.parts.read_bytes())
    data = PRCC(root)
    with pytest.warns(UserWarning, match="1 of 25 images"):
        dataset = ReIDDataset(data.train, data.train_labels, 24, 12, pack=open_pack(root, 24, 12))
    assert len(dataset.batch(range(25)).image) == 25


@pytest.mark.answers("bad data", "broken images, while a data set is packed")
def test_broken_images_are_left_out_and_listed_and_met_again_by_who_asks(root: Path) -> None:
    data = PRCC(root)
    data.train[5].image.write_bytes(b"no image")
    written = packed(root)
    assert [skipped.path for skipped in written.skipped] == [data.train[5].image]
    assert "broken or no image" in written.skipped[0].reason
    assert written.count == len(PRCC(root, "where_there").records()) - 1
    with pytest.warns(UserWarning, match="1 of 24 images"):
        dataset = ReIDDataset(data.train, data.train_labels, 24, 12, pack=open_pack(root, 24, 12))
    with pytest.raises(ImageError, match=data.train[5].image.name):
        dataset.batch([4, 5])


@pytest.mark.slow
def test_worker_processes_slice_the_same_batches(root: Path) -> None:
    packed(root)
    data = PRCC(root)
    dataset = ReIDDataset(data.train, data.train_labels, 24, 12, pack=open_pack(root, 24, 12))
    there = next(iter(DataLoader(dataset, batch_size=8, num_workers=1, multiprocessing_context="spawn")))
    assert torch.equal(there.image, dataset.batch(range(8)).image)


def test_a_pickled_pack_carries_no_pixels(root: Path) -> None:
    packed(root, 240, 120)
    pack = open_pack(root, 240, 120)
    assert pack is not None
    text = pickle.dumps(pack)
    assert len(text) < 240 * 120
    assert torch.equal(pickle.loads(text).read([3])[0], pack.read([3])[0])


def test_packing_that_fails_leaves_the_old_pack_and_nothing_else(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(root).path
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        packed(root)
    assert path.read_bytes() == before
    assert sorted(other.name for other in root.parent.iterdir()) == [".data.24x12.pack.lock", "data", "data.24x12.pack"]


@pytest.mark.answers("bad environments", "two runs in one folder at once")
def test_the_half_pack_of_a_process_that_was_killed_goes_with_the_next_and_two_do_not_pack_at_once(root: Path) -> None:
    path = default_pack(root, 24, 12)
    with atomic_path(path) as half:
        half.write_bytes(b"half")
        packed(root)
        assert not half.exists()
        half.write_bytes(path.read_bytes())
    with locked(path), pytest.raises(InUseError, match=r"data\.24x12\.pack is in use by another process"):
        packed(root)


def test_there_is_no_pack_where_none_was_made(root: Path) -> None:
    assert open_pack(root, 24, 12) is None
    packed(root)
    assert open_pack(root, 25, 12) is None


def test_packs_that_cannot_be_used_are_named(root: Path, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"there is no pack .*none\.pack"):
        open_pack(root, 24, 12, tmp_path / "none.pack")
    path = packed(root).path
    with pytest.raises(PackError, match=r"holds images of 24x12 .* and 48x24 are asked for"):
        open_pack(root, 48, 24, path)
    whole = path.read_bytes()
    for content, message in (
        (b"", "no pack"),
        (b"{}" * 4096, "no pack"),
        (whole[:9000], "cut off"),
        (whole[:-9], "cut"),
    ):
        path.write_bytes(content)
        with pytest.raises(PackError, match=message):
            Pack(path, root)
    path.write_text("my thesis")
    with pytest.raises(PackError, match="move it away"):
        packed(root)
    assert path.read_text() == "my thesis"


def test_a_data_set_without_one_readable_image_is_refused(root: Path) -> None:
    for record in PRCC(root, "where_there").records():
        record.image.write_bytes(b"no image")
    with pytest.raises(PackError, match="none of the 36 images"):
        packed(root)
    assert not default_pack(root, 24, 12).exists()


def test_the_planes_of_an_image_stand_one_after_the_other(root: Path) -> None:
    path = packed(root).path
    record = PRCC(root, "where_there").records()[0]
    planes = np.fromfile(path, dtype=np.uint8, offset=4096, count=4 * 24 * 12).reshape(4, 24, 12)
    image, parts = read_pair(record, 24, 12)
    assert np.array_equal(planes, torch.cat([image, parts[None]]).numpy())


def test_sketches_have_a_pack_of_their_own(tmp_path: Path) -> None:
    root = make_prcc(tmp_path / "data", sketches=True)
    packed(root)
    assert open_pack(root, 24, 12, modality="sketch") is None
    path = default_pack(root, 24, 12, "sketch")
    assert path == root.with_name("data.sketch.24x12.pack")
    records = PRCC(root, "where_there", "sketch").records()
    write_pack(path, root, records, 24, 12)
    pack = open_pack(root, 24, 12, modality="sketch")
    assert pack is not None
    images, _ = pack.read(pack.rows(records))
    assert torch.equal(images[5], read_pair(records[5], 24, 12)[0])
    assert all(record.image.is_relative_to(root / "sketch") for record in records)


def test_a_pack_of_photos_is_refused_for_sketches_and_the_other_way_round(tmp_path: Path) -> None:
    root = make_prcc(tmp_path / "data", sketches=True)
    packed(root)
    with pytest.raises(PackError, match=r"another kind than sketch.*ccreid pack .*--modality sketch"):
        open_pack(root, 24, 12, default_pack(root, 24, 12), "sketch")
    write_pack(default_pack(root, 24, 12, "sketch"), root, PRCC(root, "where_there", "sketch").records(), 24, 12)
    with pytest.raises(PackError, match="another kind than rgb"):
        open_pack(root, 24, 12, default_pack(root, 24, 12, "sketch"))


@pytest.mark.answers("bad data", "a pack whose header or index is damaged")
@pytest.mark.parametrize(
    ("changed", "index"),
    [
        ({"height": "8"}, None),
        ({"height": -8, "count": -1}, None),
        ({"width": None}, None),
        ({"count": 10**9}, None),
        ({"count": True}, None),
        ({"index": 12.5}, None),
        ({"index": -5}, None),
        ({"index": 1}, None),
        ({}, b"3"),
        ({}, b"{}"),
        ({}, b"[]"),
        ({}, b"[[]]"),
        ({}, b'[[["a"],1,2,3,4,5]]'),
        ({}, b'[["a",1,2,3,4,5]]'),
        ({}, b'[["a",1,2,null,null,null],["b",1,2,null,null,null]]'),
        ({}, b"[" * 100_000),
        ({}, b"\xff"),
    ],
)
def test_a_pack_that_is_damaged_anywhere_is_named(
    tmp_path: Path, changed: dict[str, object], index: bytes | None
) -> None:
    path = tmp_path / "a.pack"
    header = {"format": "ccreid-pack-1", "height": 8, "width": 4, "count": 1, "index": 4096 + 4 * 8 * 4} | changed
    entries = b'[["a",1,2,null,null,null]]' if index is None else index
    path.write_bytes(json.dumps(header).encode().ljust(4095) + b"\n" + bytes(4 * 8 * 4) + entries)
    with pytest.raises(PackError, match=r"a\.pack"):
        Pack(path, tmp_path)
