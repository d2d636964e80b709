"""A parsing that is killed at random moments, and started again."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from parsing.fake_parsers import slow_parser
from parsing.make_images import files_of, make_images

from ccreid.parsing.tree.parse import parse_tree

pytestmark = pytest.mark.slow

IMAGES = 48
PROGRAM = Path(__file__).with_name("parse_slowly.py")
TREES = ("parts", "parts_labels", "parts_overlay")


def _trees(root: Path) -> dict[str, dict[str, bytes]]:
    return {tree: files_of(root / tree) for tree in TREES}


def _written(root: Path) -> list[Path]:
    return [path for tree in TREES for path in (root / tree).rglob("*.png")]


def test_a_parsing_that_is_killed_and_started_again_ends_with_the_tree_of_an_uninterrupted_one(tmp_path: Path) -> None:
    make_images(tmp_path / "rgb", count=IMAGES)
    parse_tree(tmp_path / "rgb", tmp_path / "whole" / "parts", slow_parser(0), batch=4, keep_labels=True, overlay=True)
    whole = _trees(tmp_path / "whole")
    assert len(whole["parts"]) == IMAGES
    killed = tmp_path / "killed"
    command = [sys.executable, str(PROGRAM), str(tmp_path / "rgb"), str(killed / "parts")]
    moments = random.Random(0)
    kills = 0
    for _ in range(3):
        before = len(_written(killed))
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        # At a random moment after its first new file; how long it takes to start says nothing.
        while process.poll() is None and len(_written(killed)) <= before:
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.2))
        kills += process.poll() is None
        process.kill()
        process.wait()
        for path in _written(killed):
            tree, *name = path.relative_to(killed).parts
            assert path.read_bytes() == whole[tree]["/".join(name)]
    assert kills > 0
    assert len(_written(killed)) > 0
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert _trees(killed) == whole
