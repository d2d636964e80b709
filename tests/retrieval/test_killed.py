"""Processes that make a table or a collection, killed at random moments, and started again."""

from extras import needs

needs("search")

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from datasets.made_person import write_person
from retrieval.embed_slowly import embed

from ccreid.retrieval.feature_table import read_entries, read_rows
from ccreid.retrieval.filters import Filters
from ccreid.retrieval.store import open_store

pytestmark = pytest.mark.slow

IMAGES = 60
PROGRAM = Path(__file__).with_name("embed_slowly.py")
KILLS = 4


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with images, and their table, made without a stop."""
    root = tmp_path_factory.mktemp("whole")
    for number in range(IMAGES):
        write_person(root / "images", f"{number:03}.png", number, 0, parts=False)
    embed(root / "images", root / "whole.parquet", 0)
    return root


def _kill_at_random_moments(command: list[str], begun: Callable[[], object]) -> int:
    """Start a program again and again, kill it a moment after it begins, and return how often it was still running."""
    moments = random.Random(0)
    kills = 0
    for _ in range(KILLS):
        before = begun()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # How long it takes to start says nothing.
        while process.poll() is None and begun() == before:
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.15))
        kills += process.poll() is None
        process.kill()
        process.wait()
    return kills


def test_an_embedding_that_is_killed_and_started_again_ends_with_the_table_of_an_uninterrupted_one(
    whole: Path, tmp_path: Path
) -> None:
    out, parts = tmp_path / "out.parquet", tmp_path / ".out.parquet.parts"
    command = [sys.executable, str(PROGRAM), str(whole / "images"), str(out)]
    assert _kill_at_random_moments(command, lambda: (len([*parts.glob("0*.parquet")]), out.exists())) > 0
    assert out.exists() or list(parts.glob("0*.parquet"))
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert parquet.read_table(out).drop("path").equals(parquet.read_table(whole / "whole.parquet").drop("path"))
    assert [*read_entries(out)] == [*read_entries(whole / "whole.parquet")]
    assert {path.name for path in tmp_path.iterdir()} == {"out.parquet", ".out.parquet.lock"}


def test_an_indexing_that_is_killed_and_started_again_ends_with_the_whole_collection(
    whole: Path, tmp_path: Path
) -> None:
    uri = tmp_path / "gallery.db"
    command = [sys.executable, str(PROGRAM), "", str(whole / "whole.parquet"), str(uri)]
    assert _kill_at_random_moments(command, lambda: _bytes_below(uri)) > 0
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    store = open_store(uri)
    (rows,) = read_rows(whole / "whole.parquet")
    assert store.count() == IMAGES
    assert store.known([entry.id for entry in rows.entries]) == {entry.id: entry for entry in rows.entries}
    hits = store.search(store.vectors([entry.id for entry in rows.entries]), 1, Filters())
    assert [hit.entry.id for (hit,) in hits] == [entry.id for entry in rows.entries]
    store.close()


def _bytes_below(folder: Path) -> int:
    sizes = []
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:  # renamed meanwhile
            sizes.append(0)
    return sum(sizes)
