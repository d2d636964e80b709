"""`ccreid reproduce` as a user gives it, on a small made data set with tables of two rows."""

from extras import needs

needs("train")

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from app.tiny_settings import TINY, write_tiny_profile
from datasets.make_prcc import make_prcc

from ccreid.app.cli import main
from ccreid.app.paper_results import TABLE_2
from ccreid.app.reproduce.paper_tables import TABLES, Table, TableRow
from ccreid.evaluation import read_results
from ccreid.training import run as run_module

RECIPES = ("baseline", "pixel_sampling")
TWO_ROWS = Table(
    "table2",
    "a table of two rows",
    tuple(TableRow(f"row {name}", name, against=None if name == "baseline" else "baseline") for name in RECIPES),
    TABLE_2,
    seeds=1,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("two_rows")]


@pytest.fixture(scope="module")
def two_rows() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TABLES, "table2", TWO_ROWS)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set, a profile, and both runs: one by `ccreid train`, the other by a first `ccreid reproduce`."""
    root = tmp_path_factory.mktemp("made")
    make_prcc(root / "data", train_identities=3, test_identities=2, images=1)
    write_tiny_profile(root / "tiny.yaml")
    out = str(root / "runs" / "baseline" / "seed0")
    assert main(["train", "baseline", "--data.root", str(root / "data"), "--out", out, *TINY]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TABLES, "table2", TWO_ROWS)
        assert main(_command(root)) == 0
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """The same with runs of its own."""
    shutil.copytree(made / "runs", tmp_path / "runs")
    (tmp_path / "data").symlink_to(made / "data", target_is_directory=True)
    shutil.copy(made / "tiny.yaml", tmp_path)
    return tmp_path


def _command(root: Path, *more: str, table: str = "table2") -> list[str]:
    folders = ["--data", root / "data", "--profile", root / "tiny.yaml", "--runs", root / "runs", "--out", root / "out"]
    return ["reproduce", table, *map(str, folders), *more]


def _no_training(*_: object, **__: object) -> None:
    raise AssertionError("a finished run was trained again")


def test_the_table_stands_in_json_markdown_and_html(made: Path) -> None:
    out = made / "out"
    assert sorted(path.name for path in out.iterdir()) == ["table2.html", "table2.json", "table2.md"]
    rows = read_results(out / "table2.json")
    assert {(row.recipe, row.seed) for row in rows} == {(name, 0) for name in RECIPES}
    assert len(rows) == 8
    tree = json.loads((out / "table2.json").read_text())
    commands = {row["recipe"]: tree["runs"][row["run"]]["command"] for row in tree["rows"]}
    assert commands["baseline"].startswith("ccreid train baseline")
    assert commands["pixel_sampling"].startswith("ccreid reproduce table2 --data")
    cross = next(row for row in rows if (row.recipe, row.setting, row.protocol) == ("baseline", "cross", "all-gallery"))
    for text in ((out / "table2.md").read_text(), (out / "table2.html").read_text()):
        for fact in ("command", "seeds", "protocol", "machine", "versions", "commit", "data fingerprint", "date"):
            assert fact in text
        for shown in (
            "row baseline",
            f"{100 * cross.R1:.1f}",
            "36.3",
            "1 by other commands",
            "ccreid reproduce table2",
        ):
            assert shown in text
    page = (out / "table2.html").read_text()
    assert page.lstrip().startswith("<!doctype html>")
    assert "src=" not in page
    assert "<link" not in page


def test_the_papers_figures_are_named_as_the_papers(made: Path) -> None:
    tree = json.loads((made / "out" / "table2.json").read_text())
    assert tree["paper_on_PRCC"]["pixel_sampling"]["cross_R1"] == 62.2
    assert all("62.2" not in json.dumps(row) for row in tree["rows"])
    lines = (made / "out" / "table2.md").read_text().splitlines()
    headings, cells = (
        next(line for line in lines if line.startswith(begin)).split(" | ") for begin in ("| row | ", "| row pixel")
    )
    of_the_paper = [cell for heading, cell in zip(headings, cells, strict=True) if "the paper, on PRCC" in heading]
    assert [cell.removesuffix(" |") for cell in of_the_paper] == ["62.2", "56.6", "-", "-"][: len(of_the_paper)]
    assert len([heading for heading in headings if "ours, on data" in heading]) == len(headings) - len(of_the_paper) - 3


def test_what_is_finished_is_neither_trained_again_nor_are_images_read(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_module, "run_recipe", _no_training)
    monkeypatch.setattr(run_module, "open_data_set", _no_training)
    assert main(_command(root)) == 0
    assert "2 of 2 runs are finished already" in capsys.readouterr().err


def test_rows_that_are_not_finished_are_not_run_and_never_figures(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_module, "run_recipe", _no_training)
    (root / "runs" / "pixel_sampling" / "seed0" / "results.json").unlink()
    assert main(_command(root, "--finished")) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("| row pixel_sampling"))
    ours, paper = line.split(" | ")[3:-2], line.split(" | ")[-2:]
    assert set(ours) == {"not run", "baseline"}  # what it would be compared with
    assert paper == ["62.2", "56.6 |"]
    assert {row.recipe for row in read_results(root / "out" / "table2.json")} == {"baseline"}
    shutil.rmtree(root / "runs")
    assert main(_command(root, "--finished")) == 0
    assert read_results(root / "out" / "table2.json") == []


def test_a_row_that_fails_leaves_the_others_and_is_reported_in_one_line(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(root / "runs" / "baseline")
    (root / "runs" / "pixel_sampling" / "seed0" / "results.json").unlink()
    original = run_module.run_recipe

    def failing(recipe, *arguments, **settings):  # type: ignore[no-untyped-def]
        if recipe.name == "baseline":
            raise RuntimeError("the machine\nis tired")
        return original(recipe, *arguments, **settings)

    monkeypatch.setattr(run_module, "run_recipe", failing)
    assert main(_command(root)) == 1
    shown = capsys.readouterr()
    assert shown.err.splitlines()[-1].startswith("baseline seed 0 failed: RuntimeError: the machine is tired (a bug")
    assert "Traceback" in shown.err
    assert {row.recipe for row in read_results(root / "out" / "table2.json")} == {"pixel_sampling"}
    assert "| row baseline | `baseline` |  | not run |" in shown.out


def test_a_folder_of_other_settings_is_a_row_that_fails(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tiny_profile(root / "tiny.yaml", momentum=0.5)
    assert main(_command(root, "--finished")) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2
    assert "other settings (schedule.momentum: 0.9 there, 0.5 now)" in errors[0]


def test_two_jobs_run_side_by_side_and_say_who_speaks(
    made: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    # A folder of somebody else, so that one of the three runs fails in its process.
    (runs / "pixel_sampling" / "seed1").mkdir(parents=True)
    (runs / "pixel_sampling" / "seed1" / "mine.txt").touch()
    shutil.copytree(made / "runs" / "baseline" / "seed0", runs / "baseline" / "seed0")
    out = str(tmp_path / "out")
    assert main(_command(made, "--runs", str(runs), "--out", out, "--seeds", "2", "--jobs", "2")) == 1
    shown = capfd.readouterr()
    assert "1 of 4 runs are finished already" in shown.err
    for title in ("pixel_sampling seed 0", "baseline seed 1"):
        assert f"{title}: epoch 1/1, loss" in shown.err
        assert f"{title} is finished" in shown.err
    assert "pixel_sampling seed 1 failed: " in shown.err.splitlines()[-1]
    assert "is not empty and holds no run" in shown.err.splitlines()[-1]
    rows = read_results(tmp_path / "out" / "table2.json")
    assert {(row.recipe, row.seed) for row in rows} == {("baseline", 0), ("baseline", 1), ("pixel_sampling", 0)}
    # Side by side or alone, the same seed gives the same figures.
    alone = [row for row in read_results(made / "out" / "table2.json") if row.recipe == "pixel_sampling"]
    assert [row for row in rows if row.recipe == "pixel_sampling"] == alone


def test_after_a_kill_it_goes_on_from_the_last_finished_epoch(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(root / "runs")
    write_tiny_profile(root / "tiny.yaml", epochs=100_000)
    code = "import sys; from ccreid.app.cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = [sys.executable, "-c", code, *_command(root, "--jobs", "2", table="departures")]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    folders = [root / "runs" / name / "seed0" for name in ("pixel_sampling_mse", "released_channels")]
    deadline = time.monotonic() + 300
    while not all((folder / "last.ckpt").is_file() for folder in folders) and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    process.kill()
    # The pipe ends when the processes of the runs have left as well.
    said, _ = process.communicate(timeout=120)
    assert "released_channels seed 0: epoch 1/100000" in said

    epoch = _epoch(folders[0])
    _shorten(folders[0], epoch + 1)
    write_tiny_profile(root / "tiny.yaml", epochs=epoch + 1)
    with pytest.MonkeyPatch.context() as patch:
        rows = TABLES["departures"].rows[:1]
        patch.setitem(TABLES, "departures", Table("departures", "one row", rows, {}, seeds=1))
        assert main(_command(root, table="departures")) == 0
    epochs = [line for line in capsys.readouterr().err.splitlines() if line.startswith("epoch ")]
    assert [line.split(",")[0] for line in epochs] == [f"epoch {epoch + 1}/{epoch + 1}"]


def _epoch(folder: Path) -> int:
    """Return the number of epochs that a stopped run has finished."""
    import torch

    epoch: int = torch.load(folder / "last.ckpt", weights_only=True)["epoch"]
    return epoch + 1


def _shorten(folder: Path, epochs: int) -> None:
    """Let a stopped run want fewer epochs."""
    path = folder / "recipe.yaml"
    path.write_text(path.read_text().replace("epochs: 100000", f"epochs: {epochs}"))


def test_the_section_of_a_page_is_filled_and_a_page_without_one_is_refused_at_once(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_module, "run_recipe", _no_training)
    page = root / "results.md"
    page.write_text("before\n<!-- ccreid reproduce table2 -->\n<!-- end of ccreid reproduce table2 -->\nafter\n")
    assert main(_command(root, "--page", str(page))) == 0
    assert "| row baseline | `baseline` | 0 |" in page.read_text()
    assert page.read_text().startswith("before\n")
    page.write_text("nothing")
    capsys.readouterr()
    shutil.rmtree(root / "runs")
    assert main(_command(root, "--page", str(page))) == 1
    assert "give it the lines <!-- ccreid reproduce table2 -->" in capsys.readouterr().err


def test_what_a_model_looks_at_is_shown_where_a_run_says_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "run_recipe", _no_training)
    shares = {"background": 0.1, "head": 0.32, "upper_clothes": 0.2, "pants": 0.2, "arms": 0.08, "legs": 0.1}
    cues = {"cue_shares": shares, "R1_by_angle": {"front": 0.5}}
    (root / "runs" / "baseline" / "seed0" / "cues.json").write_text(json.dumps(cues))
    assert main(_command(root)) == 0
    assert json.loads((root / "out" / "table2.json").read_text())["cues"] == [{"recipe": "baseline", "seed": 0, **cues}]
    markdown, page = ((root / "out" / f"table2.{suffix}").read_text() for suffix in ("md", "html"))
    assert "| row baseline | `baseline` | 0 | 10.0 | 32.0 | 20.0 | 20.0 | 8.0 | 10.0 | 50.0 |" in markdown
    assert "Where it looks" in page
    assert "<td>32.0</td>" in page


def test_without_the_extra_nothing_is_tried(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pytorch_lightning", None)  # as where it is not installed
    monkeypatch.delitem(sys.modules, "ccreid.training.lightning", raising=False)
    command = ["reproduce", "table2", "--data", str(made / "data"), "--runs", str(tmp_path / "runs")]
    assert main([*command, "--out", str(tmp_path / "out")]) == 1
    shown = capsys.readouterr().err
    assert "training needs pytorch_lightning, which is missing: pip install 'ccreid[train]'" in shown
    assert "failed" not in shown
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--seeds", "0"], "--seeds is 0"),
        (["--jobs", "0"], "--jobs is 0"),
        (["--profile", "cup"], "there is no profile 'cup': did you mean 'cpu'"),
        (["--data", "nowhere"], "nowhere is not a folder"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    more: list[str], message: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_command(root, *more)) == 1
    shown = capsys.readouterr().err.strip().splitlines()
    assert message in shown[-1]
    assert not (root / "out").exists()


def test_a_data_set_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "table2"]) == 1
    assert "give --data FOLDER" in capsys.readouterr().err
