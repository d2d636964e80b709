from extras import needs

needs("train")

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from benchmarks.load_script import load_script

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="the processes are found in /proc")]

torture = load_script("torture")


@pytest.fixture(scope="module")
def start() -> Iterator[Any]:
    with torture.starter() as started:
        yield started


@pytest.fixture(scope="module")
def works(start: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("material")
    made = {work.case: work for work in torture.works(root)}
    torture.make_features(root, start)
    return made


@pytest.mark.parametrize(
    ("case", "extra", "kills"),
    [
        ("convert, 1 worker", "train", 3),
        ("pack, 1 worker", "train", 3),
        ("parse, 1 worker", "train", 3),
        ("embed, 1 worker", "parquet", 3),
        ("index, 1 worker", "search", 3),
        ("train, 1 worker", "train", 3),
        ("train, 2 workers", "train", 2),
        ("render, 1 worker", "render", 1),
    ],
)
def test_a_command_that_is_stopped_and_started_again_ends_as_if_it_had_not_been(
    works: dict[str, Any], start: Any, tmp_path: Path, case: str, extra: str, kills: int
) -> None:
    needs(extra)
    survival = torture.torture(works[case], start, tmp_path, kills)
    assert survival.faults == []
    assert (survival.tried, survival.lost) == (kills, 0)
    assert survival.row()["outcome"] == f"{kills} of {kills} stops survived"


class _Sloppy:
    """A command that writes its file a half at a time, and takes what it finds there for whole."""

    def run(self, words: Sequence[str], log: Path, stop: Callable[[int], bool] | None = None, after: float = 0) -> int:
        out = Path(words[0])
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists():
            return 0
        out.write_text("half")
        if stop is not None:
            stop(0)
            return -signal.SIGKILL
        out.write_text("whole")
        return 0


def test_a_half_file_under_a_whole_ones_name_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torture.os, "kill", lambda *_: None)
    monkeypatch.setattr(torture, "processes_of", lambda _: [])
    work = torture.Work("sloppy", 1, lambda out: [str(out / "a.txt")], torture.digests)
    survival = torture.torture(work, _Sloppy(), tmp_path, 1)
    assert survival.lost == 1
    assert survival.faults[0] == "a.txt is there and not whole"


def test_what_is_missing_too_much_another_or_left_over_is_named(tmp_path: Path) -> None:
    assert torture.difference({"a": 1}, {"a": 1}) == ""
    assert torture.difference({"a": 1}, {}) == "a is missing"
    assert torture.difference({}, {"a": 1}) == "a is too much"
    assert torture.difference({"a": 1}, {"a": 2}) == "a is another"
    assert torture.leftovers(tmp_path) == ""
    (tmp_path / ".ccreid-12.tmp").touch()
    assert torture.leftovers(tmp_path) == ".ccreid-12.tmp lies about"
