"""What the benchmarks write: a JSON tree of figures, and the lines of a page that say where they come from."""

import json
from pathlib import Path
from typing import Any

from ccreid.atomic_files import write_atomically
from ccreid.provenance import versions_line


def origin_lines(run: dict[str, Any]) -> list[str]:
    """Return a list in Markdown of where a result comes from."""
    return [
        f"- command: `{run['command']}`",
        f"- machine: {run['machine']}; {versions_line(run)}",
        f"- data fingerprint: `{run['data'][:16]}`, commit `{(run['commit'] or 'none')[:12]}`",
    ]


def write_json(path: Path, tree: dict[str, Any]) -> None:
    """Write a tree under a temporary name first.

    Args:
        path: The file; folders above it are made.
        tree: What json writes.
    """
    write_atomically(path, json.dumps(tree, indent=2) + "\n")
