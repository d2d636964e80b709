"""Draws the package's stages from the import contract of pyproject.toml: `python docs/make_architecture.py`.

What each stage is for is the first sentence of its `__init__.py`.
"""

import ast
import html
import re
import textwrap
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = ROOT / "src" / "ccreid"
PICTURE: Final = ROOT / "docs" / "images" / "architecture.svg"

WIDTH: Final = 900
ROW: Final = 46
GAP: Final = 8
LINE: Final = 16


def layers() -> list[list[str]]:
    """Return the names in each layer of the contract, from the one that imports all others down."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [re.findall(r"\w+", row) for row in rows]


def purpose(name: str) -> str:
    """Return what a stage is for; empty for a file at the package's root."""
    file = SOURCE / name / "__init__.py"
    if not file.is_file():
        return ""
    text = ast.get_docstring(ast.parse(file.read_text())) or ""
    return text.splitlines()[0].replace("`", "").rstrip(".")


def drawing() -> str:
    """Return the diagram as SVG: a row a layer, in which arrows need not be drawn as all lead down."""
    shapes, top = [], GAP
    for names in layers():
        stages = [name for name in names if purpose(name)]
        if stages:
            width = (WIDTH - GAP * (len(stages) + 1)) / len(stages)
            for place, name in enumerate(stages):
                shapes.append(_stage(name, GAP + place * (width + GAP), top, width))
            top += ROW + GAP
        else:
            lines = _wrapped(names, 110)
            height = LINE * (len(lines) + 1)
            shapes.append(_files(lines, top, height))
            top += height + GAP
    body = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" '
        f'font-family="sans-serif" font-size="13">\n'
        f"<title>The stages of ccreid; each imports only what is below it</title>\n"
        f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _stage(name: str, left: float, top: int, width: float) -> str:
    lines = textwrap.wrap(purpose(name), int((width - 124) / 6.2))
    middle = top + ROW // 2 + 5
    first = middle - LINE * (len(lines) - 1) // 2
    said = "\n".join(
        f'<text x="{left + 112:g}" y="{first + LINE * row}" fill="#1d2b38">{html.escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    return (
        f'<rect x="{left:g}" y="{top}" width="{width:g}" height="{ROW}" rx="6" fill="#e8eef4" stroke="#5b7690"/>\n'
        f'<text x="{left + 12:g}" y="{middle}" font-weight="bold" fill="#1d2b38">{name}</text>\n{said}'
    )


def _files(lines: list[str], top: int, height: int) -> str:
    words = "\n".join(
        f'<text x="{GAP + 12}" y="{top + LINE * (row + 1) + 4}" fill="#4a4a4a">{line}</text>'
        for row, line in enumerate(lines)
    )
    return (
        f'<rect x="{GAP}" y="{top}" width="{WIDTH - 2 * GAP}" height="{height}" rx="6" '
        f'fill="#f6f6f4" stroke="#a0a09a" stroke-dasharray="4 3"/>\n{words}'
    )


def _wrapped(names: list[str], longest: int) -> list[str]:
    lines = [""]
    for name in names:
        word = f"{name}.py"
        if len(lines[-1]) + len(word) > longest:
            lines.append("")
        lines[-1] += f"{word}   "
    return [line.strip() for line in lines]


if __name__ == "__main__":
    PICTURE.write_text(drawing())
    print(f"wrote {PICTURE}")
