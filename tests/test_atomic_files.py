from pathlib import Path

import pytest

from ccreid.atomic_files import write_atomically


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
