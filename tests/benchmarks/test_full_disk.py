from extras import needs

needs("train")

from pathlib import Path
from typing import Any

import pytest
from benchmarks.load_script import load_script

torture, full_disk = load_script("torture"), load_script("full_disk")


@pytest.mark.slow
def test_a_command_on_a_full_disk_says_to_make_room_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_disk, "SHARES", (0.5,))
    works: list[Any] = [work for work in torture.works(tmp_path) if work.case in {"pack, 1 worker", "train, 1 worker"}]
    assert len(works) == 2
    try:
        with full_disk.small_disk(tmp_path / "disk", 512) as disk, torture.starter() as start:
            for work in works:
                assert full_disk.faults(work, start, tmp_path, disk) == []
    except PermissionError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("status", "said", "fault"),
    [
        (1, "working\nccreid: error: a.pack cannot be written (No space left on device): make room", None),
        (0, "all is well", "status 0: all is well"),
        (1, "Traceback (most recent call last):\n...\nccreid: error: this is a bug (No space left)", "a trace, and "),
        (1, "ccreid: error: it did not work", "unclear: ccreid: error: it did not work"),
        (-7, "", "status -7: "),
    ],
)
def test_an_answer_that_does_not_speak_of_the_disk_is_a_fault(status: int, said: str, fault: str | None) -> None:
    found = full_disk._unclear(status, said)
    assert len(found) == (fault is not None)
    assert all(one.startswith(fault) for one in found)


def test_a_disk_is_filled_but_for_so_many_bytes(tmp_path: Path) -> None:
    try:
        with full_disk.small_disk(tmp_path / "disk", 4) as disk:
            filler = full_disk.fill(disk, 1 << 20)
            assert 2 << 20 < filler.stat().st_size <= 3 << 20
            with pytest.raises(OSError, match="No space left"):
                (disk / "more").write_bytes(bytes(2 << 20))
    except PermissionError as error:
        pytest.skip(str(error))
