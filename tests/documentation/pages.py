"""What the documentation's pages hold: their code blocks, commands, headings and links."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4}\S.*\n)+", re.MULTILINE)


class Block(NamedTuple):
    """A block of code: its language, as the fence says it, and its lines."""

    language: str
    code: str


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in their order."""
    return [Block(*found) for found in _FENCE.findall(page.read_text())]


def commands(code: str) -> list[list[str]]:
    """Return the words of each `ccreid` line, without `ccreid` and without what a comment says of it."""
    lines = code.replace("\\\n", " ").splitlines()
    found = [shlex.split(line, comments=True) for line in lines if line.strip().startswith("ccreid ")]
    return [words[1:] for words in found]


def all_commands(page: Path) -> list[list[str]]:
    """Return the commands of a page's fenced blocks that are no Python, and of its indented ones."""
    text = page.read_text()
    fenced = [block.code for block in blocks(page) if block.language in {"", "sh"}]
    indented = [found.replace("    ", "", 1) for found in _INDENTED.findall(_FENCE.sub("", text))]
    return [words for code in (*fenced, *indented) for words in commands(code)]


def links(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and the anchor of each link to a file, as it stands there; links elsewhere are passed over."""
    text = _FENCE.sub("", page.read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text):
        link = target[0] or target[1]
        if not re.match(r"[a-z]+:", link):
            path, _, anchor = link.partition("#")
            yield path, anchor


def anchors(page: Path) -> set[str]:
    """Return what the headings of a page are called in links."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text()), re.MULTILINE)
    return {_slug(heading) for heading in headings}


def _slug(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", plain).strip())
