from extras import needs

needs("train")

import errno
import os
import tempfile
from pathlib import Path

import pytest
import torch

from ccreid.atomic_files import WriteError
from ccreid.training.checkpoint_file import WholeCheckpoints


def test_what_is_written_is_read_again_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "run" / "last.ckpt"
    for epoch in (1, 2):
        WholeCheckpoints().save_checkpoint({"epoch": epoch, "weights": torch.ones(3)}, path)
    assert torch.load(path, weights_only=True)["epoch"] == 2
    assert list(path.parent.iterdir()) == [path]


def test_the_last_good_file_stays_until_the_next_is_whole_on_the_same_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "last.ckpt"
    WholeCheckpoints().save_checkpoint({"epoch": 1}, path)
    moves: list[tuple[Path, Path]] = []
    replace = Path.replace

    def replacing(self: Path, target: Path) -> Path:
        moves.append((self, Path(target)))
        assert torch.load(path, weights_only=True) == {"epoch": 1}
        assert torch.load(self, weights_only=True) == {"epoch": 2}
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replacing)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no such folder"))
    WholeCheckpoints().save_checkpoint({"epoch": 2}, path)
    assert [(source.parent, target) for source, target in moves] == [(tmp_path, path)]


def test_on_a_full_disk_the_last_good_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.ckpt"
    WholeCheckpoints().save_checkpoint({"epoch": 1}, path)

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WriteError, match=r"last\.ckpt cannot be written \(No space left on device\): make room"):
        WholeCheckpoints().save_checkpoint({"epoch": 2}, path)
    assert torch.load(path, weights_only=True) == {"epoch": 1}
