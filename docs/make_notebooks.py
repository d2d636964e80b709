"""Makes examples/*.ipynb of the scripts in examples/notebooks: `python docs/make_notebooks.py`.

A cell of a script begins with `# %%`, one of text with `# %% [markdown]`. The notebooks are run in a copy of examples/,
and hold what their cells show.
"""

import argparse
import ast
import base64
import contextlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from PIL import Image

EXAMPLES: Final = Path(__file__).parents[1] / "examples"
SCRIPTS: Final = EXAMPLES / "notebooks"


class Cell(NamedTuple):
    """A cell: text, or code."""

    is_text: bool
    source: str


def cells(script: str) -> list[Cell]:
    """Return the cells of a script."""
    found = []
    for head, body in re.findall(r"^# %%(.*)\n((?:(?!# %%).*(?:\n|$))*)", script, re.MULTILINE):
        is_text = "[markdown]" in head
        lines = body.strip("\n").splitlines()
        source = "\n".join(re.sub(r"^# ?", "", line) for line in lines) if is_text else "\n".join(lines)
        found.append(Cell(is_text, source))
    return found


def run(found: Sequence[Cell], folder: Path) -> list[list[dict[str, Any]]]:
    """Run the code of a notebook in a folder and return what each cell shows.

    Args:
        found: The cells, one after the other in one namespace.
        folder: What the code's paths are relative to.

    Returns:
        One list a cell, of outputs as notebooks have them; empty for text.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    before = Path.cwd()
    os.chdir(folder)
    try:
        outputs = [[] if cell.is_text else _run_cell(cell.source, names) for cell in found]
    finally:
        os.chdir(before)
    return outputs


def notebook(found: Sequence[Cell], outputs: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """Return a notebook, version 4.5.

    Args:
        found: Its cells.
        outputs: What each shows.
    """
    return {
        "cells": [_cell(number, *pair) for number, pair in enumerate(zip(found, outputs, strict=True))],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _run_cell(source: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a cell prints, and the value of its last line, as a picture where it is one."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)
        value = None if last is None else eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": _lines(printed.getvalue())})
    if value is not None:
        data: dict[str, Any] = {"text/plain": _lines(repr(value))}
        if isinstance(value, Image.Image):
            data = {"text/plain": ["a picture"], "image/png": _png(value)}
        outputs.append({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})
    return outputs


def _cell(number: int, cell: Cell, outputs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    shared = {"id": f"cell-{number}", "metadata": {}, "source": _lines(cell.source)}
    if cell.is_text:
        return {"cell_type": "markdown", **shared}
    return {"cell_type": "code", "execution_count": None, "outputs": list(outputs), **shared}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _png(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.quantize(128).save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def main() -> None:
    """Run all scripts, or those that are named, and write their notebooks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="of scripts, without .py; all where none is named")
    for name in parser.parse_args().names or sorted(path.stem for path in SCRIPTS.glob("*.py")):
        found = cells((SCRIPTS / f"{name}.py").read_text())
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True)
            made = notebook(found, run(found, Path(folder)))
        path = EXAMPLES / f"{name}.ipynb"
        path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
