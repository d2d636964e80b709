from pathlib import Path

import pytest

from ccreid.atomic_files import remove_temporary_files, write_atomically


@pytest.mark.parametrize("content", ["grün\n", b"\x00\xff"])
def test_a_file_replaces_the_one_that_was_there_and_leaves_nothing_beside_it(
    tmp_path: Path, content: str | bytes
) -> None:
    path = tmp_path / "deep" / "a.txt"
    write_atomically(path, "before")
    write_atomically(path, content)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(path.parent.iterdir()) == [path]


def test_a_writing_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_atomically(path, "before")

    def half(self: Path, data: bytes) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="no space"):
        write_atomically(path, "after")
    assert path.read_text(encoding="utf-8") == "before"


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", lambda self, target: None)
    monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: None)
    write_atomically(tmp_path / "deep" / "a.txt", "half")
    monkeypatch.undo()
    (tmp_path / ".mine.tmp").touch()
    assert len(list((tmp_path / "deep").iterdir())) == 1
    remove_temporary_files(tmp_path)
    assert list((tmp_path / "deep").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine.tmp", "deep"]
