"""Table II of the paper on a data set of yours: every recipe with several seeds, into docs/results.md.

    python benchmarks/table2.py data/wardrobe-mini --profile cpu --seeds 3

Goes on where it stopped when it is given again; runs that `ccreid train` finished in the same folders are taken as they
are. Writes the tidy rows with their provenance to docs/results/table2.json, and the section of docs/results.md between
the two comments that name this file.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from seed_runs import run_and_keep, setting_lines

from ccreid.app.page_section import replace_section
from ccreid.evaluation import read_results
from ccreid.evaluation.results import ResultRow
from ccreid.evaluation.summary import over_seeds
from ccreid.paper import TABLE_2
from ccreid.training.recipe import recipe_from_tree
from ccreid.training.recipe_file import read_recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a data set in PRCC's layout with part maps")
    parser.add_argument("--profile", help="settings that go over each recipe's, such as cpu")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=Path, default=Path("runs/table2"))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    arguments = parser.parse_args()
    command = ["python", *sys.argv]
    results = arguments.out / "table2.json"
    for seed in range(arguments.seeds):
        for name in TABLE_2:
            recipe = recipe_from_tree(read_recipe(name, arguments.profile))
            recipe.data.root, recipe.seed = arguments.data, seed
            run_and_keep(recipe, arguments.runs / name / f"seed{seed}", results, command)
    section = markdown(read_results(results), json.loads(results.read_text(encoding="utf-8"))["runs"], arguments)
    replace_section(Path("docs/results.md"), "benchmarks/table2.py", section)
    print(section)


def markdown(rows: list[ResultRow], runs: list[dict[str, Any]], arguments: argparse.Namespace) -> str:
    """Return the section: what was run where, and the table."""
    recipe = recipe_from_tree(read_recipe("baseline", arguments.profile))
    lines = [
        *setting_lines(arguments.data, recipe, arguments.profile, runs[-1]),
        "",
        "Per cent, all-gallery unless said; the last column is the paper's, on PRCC:",
        "",
        "| recipe | seeds | cross R1 | cross mAP | same R1 | same mAP | single-shot cross R1 | paper: cross R1 / mAP |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    columns = (
        ("cross", "all-gallery", "R1"),
        ("cross", "all-gallery", "mAP"),
        ("same", "all-gallery", "R1"),
        ("same", "all-gallery", "mAP"),
        ("cross", "single-shot", "R1"),
    )
    for name, paper in TABLE_2.items():
        cells = [over_seeds(rows, name, *column).percent() for column in columns]
        seeds = ", ".join(
            str(row.seed) for row in rows if (row.recipe, row.setting, row.protocol) == (name, *columns[0][:2])
        )
        lines.append(f"| `{name}` | {seeds} | {' | '.join(cells)} | {paper.cross_R1} / {paper.cross_mAP} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
