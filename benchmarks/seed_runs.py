"""What the benchmarks share: runs with several seeds that go on where they stopped, and what a page says of them."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ccreid.atomic_files import write_atomically
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import provenance, write_results
from ccreid.provenance import versions_line
from ccreid.recipe import Recipe
from ccreid.training.run import run_recipe


def run_and_keep(recipe: Recipe, folder: Path, results: Path, command: Sequence[str]) -> None:
    """Train and evaluate a recipe in a folder, or take what is finished there, and put its rows into a results file.

    Args:
        recipe: What is trained, with data set and seed.
        folder: Of the run.
        results: The results file.
        command: The command line, for the record.
    """
    assert recipe.data.root is not None  # every benchmark names its data
    run = run_recipe(recipe, folder, resume=True, command=command)
    write_results(results, run.rows, provenance(recipe.data.root, command))
    cross = next(row for row in run.rows if (row.setting, row.protocol) == ("cross", "all-gallery"))
    print(f"{recipe.name} seed {recipe.seed}: R1 {cross.R1:.3f}, {run.seconds:.0f} s", file=sys.stderr)


def setting_lines(data: Path, recipe: Recipe, profile: str | None, run: dict[str, Any]) -> list[str]:
    """Return a list in Markdown of what was run where.

    Args:
        data: The data set.
        recipe: One of those that were run; what is said holds for all of them.
        profile: Name of the profile that went over it.
        run: The provenance of the last row.
    """
    images = PRCC(data, parts="none")
    counts = {
        "training images": images.train,
        "gallery images (camera A)": images.gallery,
        "queries in the same clothes (B)": images.query_same,
        "queries in other clothes (C)": images.query_cross,
    }
    return [
        f"- data: `{data.name}`, "
        + ", ".join(f"{len(records):,} {name}" for name, records in counts.items())
        + f"; {people(images.train)} training and {people(images.gallery)} test people",
        f"- model: {recipe.model.backbone} from {recipe.model.weights} weights, "
        f"{recipe.data.height}x{recipe.data.width}, {recipe.schedule.epochs} epochs, last epoch taken"
        + (f", profile `{profile}`" if profile else ""),
        "- spread: mean ± sample standard deviation over the seeds of the row",
        *origin_lines(run),
    ]


def origin_lines(run: dict[str, Any]) -> list[str]:
    """Return a list in Markdown of where a result comes from."""
    return [
        f"- command: `{run['command']}`",
        f"- machine: {run['machine']}; {versions_line(run)}",
        f"- data fingerprint: `{run['data'][:16]}`, commit `{(run['commit'] or 'none')[:12]}`",
    ]


def people(records: Sequence[ImageRecord]) -> int:
    """Return the number of identities."""
    return len({record.identity for record in records})


def write_json(path: Path, tree: dict[str, Any]) -> None:
    """Write a tree under a temporary name first.

    Args:
        path: The file; folders above it are made.
        tree: What json writes.
    """
    write_atomically(path, json.dumps(tree, indent=2) + "\n")
