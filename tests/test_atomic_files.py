import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ccreid.atomic_files import (
    InUseError,
    WriteError,
    atomic_path,
    check_writable,
    locked,
    move_whole,
    remove_temporary_files,
    remove_temporary_files_of,
    write_all_atomically,
    write_atomically,
)
from ccreid.errors import CcreidError, MissingFileError


@pytest.mark.parametrize("content", ["grün\n", b"\x00\xff"])
def test_a_file_replaces_the_one_that_was_there_and_leaves_nothing_beside_it(
    tmp_path: Path, content: str | bytes
) -> None:
    path = tmp_path / "deep" / "a.txt"
    write_atomically(path, "before")
    write_atomically(path, content)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_is_the_old_one_until_all_of_the_new_one_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomically(path, "before")
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        assert path.read_text() == "before"
        temporary.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_many_files_are_written_and_nothing_beside_them(tmp_path: Path) -> None:
    contents = {tmp_path / "a" / "1": b"one", tmp_path / "b" / "2": b"two"}
    write_atomically(tmp_path / "a" / "1", "before")
    write_all_atomically(contents)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == contents


def test_of_many_files_none_is_there_before_all_are_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match="inner"):
        write_all_atomically({tmp_path / "first": b"one", tmp_path / "file" / "inner": b"two"})
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_many_files_are_synced_one_by_one_where_the_system_cannot_sync_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.delattr(os, "sync", raising=False)
    monkeypatch.setattr(os, "fsync", synced.append)
    write_all_atomically({tmp_path / "1": b"one", tmp_path / "2": b"two"})
    assert len(synced) >= 2
    assert (tmp_path / "2").read_bytes() == b"two"


def test_a_writing_that_is_interrupted_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomically(path, "before")
    with pytest.raises(KeyboardInterrupt), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_the_last_of_two_that_write_at_once_wins_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with atomic_path(path) as one:
        one.write_text("one")
        with atomic_path(path) as two:
            two.write_text("two")
        assert path.read_text() == "two"
    assert path.read_text() == "one"


def test_the_content_is_on_the_disk_before_the_name_and_the_name_before_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = []
    sync, replace = os.fsync, Path.replace

    def syncing(descriptor: int) -> None:
        order.append("file" if os.fstat(descriptor).st_size == 5 else "folder")
        sync(descriptor)

    def replacing(self: Path, target: Path) -> Path:
        order.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "replace", replacing)
    write_atomically(tmp_path / "a.txt", "after")
    assert order == ["file", "rename", "folder"]


def test_a_whole_file_takes_anothers_place_and_the_folder_is_brought_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "new").write_text("new")
    (tmp_path / "a.txt").write_text("old")
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    move_whole(tmp_path / "parts" / "new", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "new"
    assert synced == [tmp_path.stat().st_ino]
    with pytest.raises(WriteError, match=r"a\.txt cannot be written"):
        move_whole(tmp_path / "gone", tmp_path / "a.txt")


def test_a_full_disk_is_named_with_the_file_and_leaves_it_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    write_atomically(path, "before")

    def half(self: Path, data: bytes) -> int:
        self.open("wb").close()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(WriteError, match=r"a\.txt cannot be written \(No space left on device\): make room") as raised:
        write_atomically(path, "after")
    assert isinstance(raised.value, CcreidError)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WriteError, match=r"file/a\.txt cannot be written .*choose a folder that you may write to"):
        write_atomically(tmp_path / "file" / "a.txt", "after")
    with pytest.raises(WriteError, match=r"file/a\.txt cannot be written"), locked(tmp_path / "file" / "a.txt"):
        pass


def test_an_error_that_says_what_to_do_already_is_not_changed(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"^there is no source$"), atomic_path(tmp_path / "a.txt"):
        raise MissingFileError("there is no source")


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    killed = "import os, sys; from pathlib import Path; from ccreid.atomic_files import atomic_path\n"
    killed += "with atomic_path(Path(sys.argv[1])) as path: path.write_text('half'); os._exit(0)"
    path = tmp_path / "deep" / "a.txt"
    subprocess.run([sys.executable, "-c", killed, str(path)], check=True)
    assert len(list(path.parent.iterdir())) == 1
    (tmp_path / "mine.tmp").touch()
    remove_temporary_files(tmp_path)
    assert list(path.parent.iterdir()) == []
    assert (tmp_path / "mine.tmp").exists()


def test_what_was_left_beside_a_file_is_removed_and_what_is_of_another_file_stays(tmp_path: Path) -> None:
    folder = tmp_path / "[a-z]*"  # no pattern
    with atomic_path(folder / "a.txt") as left, atomic_path(folder / "b.txt") as others:
        left.write_text("half")
        others.write_text("whole")
        remove_temporary_files_of(folder / "a.txt")
        assert not left.exists()
        assert others.exists()
        left.write_text("again")


def test_a_file_whose_name_is_as_long_as_names_may_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 127)
    write_atomically(path, "whole")
    assert path.read_text() == "whole"


_ADD = """
import sys
from pathlib import Path
from ccreid.atomic_files import locked, write_atomically
path = Path(sys.argv[1])
for _ in range(30):
    with locked(path):
        write_atomically(path, str(int(path.read_text()) + 1))
"""


@pytest.mark.slow
def test_two_processes_that_each_add_thirty_times_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "count.txt"
    path.write_text("0")
    adding: list[Any] = [subprocess.Popen([sys.executable, "-c", _ADD, str(path)]) for _ in range(2)]
    assert [process.wait() for process in adding] == [0, 0]
    assert path.read_text() == "60"


def test_who_does_not_wait_is_told_that_a_file_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with (
        locked(path),
        pytest.raises(InUseError, match=r"a\.txt is in use by another process"),
        locked(path, wait=False),
    ):
        pytest.fail("two are in the block")
    with locked(path, wait=False):
        pass


def test_what_could_not_be_written_is_refused_and_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("kept")
    check_writable(tmp_path / "a.txt")
    check_writable(tmp_path / "new" / "b.txt")
    assert (tmp_path / "a.txt").read_text() == "kept"
    assert [path.name for path in tmp_path.rglob("*")] == ["a.txt"]
    (tmp_path / "new").mkdir()
    with pytest.raises(WriteError, match=r"a\.txt/c\.txt cannot be written"):
        check_writable(tmp_path / "a.txt" / "c.txt")
    with pytest.raises(WriteError, match=r"new cannot be written \(it is a folder\)"):
        check_writable(tmp_path / "new")
