"""The notebooks in examples/: each is what its script makes, and its cells run."""

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from documentation.pages import DOCS, ROOT
from extras import needs

EXAMPLES = ROOT / "examples"
SCRIPTS = sorted((EXAMPLES / "notebooks").glob("*.py"))

# The extras that a notebook's cells need.
NEEDS = {"train_on_your_table": ("train", "pretrained")}


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_notebooks", DOCS / "make_notebooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_a_notebook_for_each_script() -> None:
    assert len(SCRIPTS) == 3
    assert {path.stem for path in SCRIPTS} == {path.stem for path in EXAMPLES.glob("*.ipynb")}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_notebook_holds_its_scripts_cells_and_what_they_show(script: Path, maker: ModuleType) -> None:
    kept = json.loads((EXAMPLES / f"{script.stem}.ipynb").read_text())
    cells = maker.cells(script.read_text())
    said = [("".join(cell["source"]), cell["cell_type"] == "markdown") for cell in kept["cells"]]
    assert said == [(cell.source, cell.is_text) for cell in cells], "run python docs/make_notebooks.py"
    assert any(cell.get("outputs") for cell in kept["cells"])


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_cells_run_and_show_what_the_notebook_shows(script: Path, maker: ModuleType, tmp_path: Path) -> None:
    for extra in NEEDS.get(script.stem, ()):
        needs(extra)
    for name in ("people", "people.csv"):
        (shutil.copytree if (EXAMPLES / name).is_dir() else shutil.copy)(EXAMPLES / name, tmp_path / name)
    cells = maker.cells(script.read_text())
    made = maker.notebook(cells, maker.run(cells, tmp_path))
    kept = json.loads((EXAMPLES / f"{script.stem}.ipynb").read_text())
    assert [_kinds(cell) for cell in made["cells"]] == [_kinds(cell) for cell in kept["cells"]]


def test_a_cell_shows_what_it_prints_and_its_last_value(maker: ModuleType, tmp_path: Path) -> None:
    script = "# %% [markdown]\n# # Two\n#\n# lines\n\n# %%\nx = 2\n\n# %%\nprint(x)\nx + 1\n"
    cells = maker.cells(script)
    assert [tuple(cell) for cell in cells] == [(True, "# Two\n\nlines"), (False, "x = 2"), (False, "print(x)\nx + 1")]
    text, silent, shown = maker.run(cells, tmp_path)
    assert (text, silent) == ([], [])
    assert shown[0]["text"] == ["2\n"]
    assert shown[1]["data"] == {"text/plain": ["3"]}


def _kinds(cell: dict[str, Any]) -> list[Any]:
    """Return what kinds of output a cell has: numbers in them may differ in their last digits."""
    return [sorted(output.get("data", [output["output_type"]])) for output in cell.get("outputs", [])]
