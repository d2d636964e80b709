"""The commands on machines that lack something, and with paths and clocks as nobody would wish for."""

from extras import needs

needs("train")

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from app.tiny_settings import TINY
from datasets.make_prcc import make_prcc

from ccreid.app.cli import main

pytestmark = pytest.mark.slow

ODD = """it's "a" $HOME; folder ü"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set, and a run on it that nothing was odd about."""
    root = tmp_path_factory.mktemp("plain")
    make_prcc(root / "data", train_identities=3, test_identities=2, images=1)
    assert _train(root / "data", root / "run") == 0
    return root


def _train(data: Path, run: Path, *more: str) -> int:
    return main(["train", "baseline", "--data.root", str(data), "--out", str(run), *TINY, *more])


def _weights(run: Path) -> bytes:
    # Behind the file's head, which has the recipe with the data set's folder in it.
    data = (run / "model.safetensors").read_bytes()
    return data[8 + int.from_bytes(data[:8], "little") :]


def _rows(run: Path) -> object:
    return json.loads((run / "results.json").read_text())["rows"]


_PROGRAM = """
import multiprocessing, sys
from ccreid.app.cli import main

if __name__ == "__main__":
    assert False, "Python was not started with -O"
    multiprocessing.set_start_method("spawn")
    for line in sys.stdin.read().splitlines():
        if status := main(line.split("|")):
            sys.exit(status)
"""


@pytest.mark.answers("bad environments", "no HOME")
@pytest.mark.answers("bad environments", "TMPDIR names no folder")
@pytest.mark.answers("bad environments", "a locale of C")
@pytest.mark.answers("bad environments", "`spawn` in place of `fork`")
@pytest.mark.answers("bad environments", "Python -O")
@pytest.mark.answers("bad environments", "paths with spaces, quotes and a dollar")
def test_without_home_temporary_folder_and_locale_under_spawn_and_o_in_an_odd_path_the_weights_are_the_same(
    made: Path, tmp_path: Path
) -> None:
    root = tmp_path / ODD
    shutil.copytree(made / "data", root / "data")
    (root / "program.py").write_text(_PROGRAM)
    train = ["train", "baseline", "--data.root", f"{root}/data", "--out", f"{root}/run", *TINY, "--data.workers=1"]
    others = [
        ["evaluate", f"{root}/run", "--out", f"{root}/again.json"],
        ["convert", f"{root}/data", f"{root}/images.csv"],
        ["pack", f"{root}/data", f"{root}/a.pack", "--height", "32", "--width", "16"],
        ["figure", "samples", "--data", f"{root}/data", "--out", f"{root}/samples.png"],
    ]
    environment = {name: value for name, value in os.environ.items() if name not in {"HOME", "LANG", "XDG_CACHE_HOME"}}
    done = subprocess.run(
        [sys.executable, "-O", str(root / "program.py")],
        input="\n".join("|".join(words) for words in [train, *others]),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=environment | {"LC_ALL": "C", "TMPDIR": str(tmp_path / "no such folder"), "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert _weights(root / "run") == _weights(made / "run")
    assert _rows(root / "run") == _rows(made / "run") == json.loads((root / "again.json").read_text())["rows"]
    assert (root / "images.csv").read_text().count("data/rgb/train") == 9
    assert (root / "a.pack").is_file()
    assert (root / "samples.png").is_file()


@pytest.mark.answers("bad environments", "relative paths, and another working folder")
def test_relative_paths_hold_in_their_folder_and_are_named_elsewhere(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made)
    assert _train(Path("data"), tmp_path / "run") == 0
    assert _weights(tmp_path / "run") == _weights(made / "run")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "run")]) == 1
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "data" in said
    assert main(["evaluate", "../run", "--data", os.path.relpath(made / "data"), "--json"]) == 0


@pytest.mark.answers("bad environments", "a run and its data, moved")
def test_a_run_that_was_moved_is_evaluated_and_gone_on_with(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "run", tmp_path / "moved" / "run")
    shutil.copytree(made / "data", tmp_path / "moved" / "data")
    assert _train(tmp_path / "moved" / "data", tmp_path / "moved" / "run", "--resume") == 0
    assert _weights(tmp_path / "moved" / "run") == _weights(made / "run")
    assert _rows(tmp_path / "moved" / "run") == _rows(made / "run")


@pytest.mark.answers("bad environments", "a clock that goes back, and files from the future")
def test_a_clock_that_goes_back_changes_nothing(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(made / "data", tmp_path / "data")
    started, asked = time.time(), []

    def backwards() -> float:
        asked.append(1)
        return started - 3600 * len(asked)

    monkeypatch.setattr(time, "time", backwards)
    ahead = time.time_ns() + 10**14
    for path in (tmp_path / "data").rglob("*.jpg"):
        os.utime(path, ns=(ahead, ahead))
    assert main(["pack", str(tmp_path / "data"), "--height=32", "--width=16"]) == 0
    assert _train(tmp_path / "data", tmp_path / "run") == 0
    assert _weights(tmp_path / "run") == _weights(made / "run")
    assert _rows(tmp_path / "run") == _rows(made / "run")


@contextlib.contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """Take the right to write to a folder from this process for the block; root has it whatever a folder's mode."""
    before = os.geteuid()
    folder.chmod(0o555)
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if before == 0:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.fixture
def shut(made: Path) -> Iterator[Path]:
    """A folder that may be read by everybody and not be written to, with a data set in it."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has no users that may not write")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        shutil.copytree(made / "data", root / "data")
        root.chmod(0o755)
        with _read_only(root):
            yield root


@pytest.mark.parametrize(
    "words",
    [
        ["convert", "{}/data", "{}/images.csv"],
        ["pack", "{}/data"],
        ["parse", "{}/data/rgb/test/A", "{}/parts"],
        ["train", "baseline", "--data.root", "{}/data", "--out", "{}/run", *TINY],
    ],
    ids=lambda words: words[0],
)
@pytest.mark.answers("bad environments", "read-only folders")
def test_a_folder_that_cannot_be_written_to_is_one_line(
    shut: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(shut) for word in words]) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith(f"ccreid: error: {shut}")
    assert "Permission denied" in said
    assert "choose a folder that you may write to" in said
    assert not stat.S_IMODE(shut.stat().st_mode) & stat.S_IWUSR


_SHARING = """
import sys, time, pathlib
sys.path.insert(0, sys.argv[2])
from training.small_recipe import small_recipe
from ccreid.datasets.prcc import PRCC
from ccreid.errors import BadValueError
from ccreid.training.data import training_images, training_loader

recipe = small_recipe(pathlib.Path(sys.argv[1]))
recipe.data.height, recipe.data.width = 1024, 512
for recipe.data.workers in (3, 4):
    try:
        for batch in training_loader(training_images(PRCC(recipe.data.root), recipe), recipe):
            time.sleep(0.3)  # meanwhile the processes read as far ahead as they may
        print("read all")
    except BadValueError as error:
        print(error)
"""


@pytest.mark.answers("bad environments", "four workers and 64 MB of /dev/shm")
def test_workers_with_64_mb_of_shared_memory_read_less_ahead_or_say_what_to_change(tmp_path: Path) -> None:
    inside = "mount -t tmpfs -o size=64m tmpfs /dev/shm"
    if not shutil.which("unshare") or subprocess.run(["unshare", "-m", "sh", "-c", inside], check=False).returncode:
        pytest.skip("this user may not mount anything")
    data = make_prcc(tmp_path / "data", train_identities=6, test_identities=3, images=2)
    (tmp_path / "program.py").write_text(_SHARING)
    program = [sys.executable, str(tmp_path / "program.py"), str(data), str(Path(__file__).parents[1])]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{inside} && exec "$@"', "sh", *program],
        capture_output=True,
        text=True,
        check=False,
    )
    with_three, with_four = done.stdout.splitlines()
    assert with_three == "read all"
    assert with_four.startswith("data.workers is 4, and their batches need 75 MB of shared memory, of which /dev/shm")
    assert "lower data.workers, or give a container more with --shm-size" in with_four
