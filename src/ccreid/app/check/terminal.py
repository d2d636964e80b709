"""A check as lines in the terminal, and as JSON."""

import json
from pathlib import Path
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ccreid.app.check.names import shown_name, writable
from ccreid.datasets.check.check import DataCheck
from ccreid.datasets.check.finding import Finding, Gravity

# Files that a line names.
_NAMED: Final = 3

_STYLES: Final = {Gravity.STOPS: "bold red", Gravity.DOUBTFUL: "yellow", Gravity.TO_KNOW: "dim"}


def print_check(check: DataCheck) -> None:
    """Print what is read, and of each finding its gravity, its first files and what to do."""
    if check.summary:
        print(writable(check.summary))
    table = Table(box=SIMPLE_HEAD, show_header=bool(check.findings))
    for heading in ("", "found", "what to do"):
        table.add_column(heading, overflow="fold")
    for finding in check.findings:
        names = _names(check, finding)
        what = Text(writable(finding.what)) + Text(f": {names}" if names else "", style="dim")
        table.add_row(Text(finding.gravity, style=_STYLES[finding.gravity]), what, Text(finding.advice))
    console = Console()
    # A pipe has no width of its own, and a table folded to 80 columns cannot be read.
    (console if console.is_terminal else Console(width=160)).print(table)


def check_json(check: DataCheck, page: Path) -> str:
    """Return all that was found, every file named.

    Args:
        check: What was found.
        page: Where its page is.
    """
    tree = {
        "data": str(check.root),
        "data_set": check.title,
        "images": {"train": len(check.train), "test": len(check.test)},
        "stops": check.stops,
        "findings": [_tree(check, finding) for finding in check.findings],
        "page": str(page),
        "seconds": round(check.seconds, 1),
    }
    return json.dumps(tree, indent=2)


def _names(check: DataCheck, finding: Finding) -> str:
    names = [shown_name(file, check.root) for file in finding.files]
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _tree(check: DataCheck, finding: Finding) -> dict[str, object]:
    items = [
        {"files": [shown_name(file, check.root) for file in item.files], "note": item.note} for item in finding.items
    ]
    return {
        "kind": finding.kind,
        "gravity": finding.gravity,
        "what": finding.what,
        "advice": finding.advice,
        "items": items,
    }
