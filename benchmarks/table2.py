"""Table II of the paper on a data set of yours: every recipe with several seeds, as Markdown with mean ± sd.

    python benchmarks/table2.py data/wardrobe-mini --profile cpu --seeds 3 --out docs/results

Goes on where it stopped when it is given again. Writes OUT/table2.json (tidy rows and their provenance) and
OUT/table2.md.
"""

import argparse
import sys
from pathlib import Path

from ccreid.evaluation import provenance, read_results, write_results
from ccreid.evaluation.results import ResultRow
from ccreid.evaluation.summary import over_seeds
from ccreid.paper import TABLE_2
from ccreid.training.recipe import recipe_from_tree
from ccreid.training.recipe_file import read_recipe
from ccreid.training.run import run_recipe


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
            run = run_recipe(recipe, arguments.runs / name / f"seed{seed}", resume=True, command=command)
            write_results(results, run.rows, provenance(arguments.data, command))
            cross = next(row for row in run.rows if (row.setting, row.protocol) == ("cross", "all-gallery"))
            print(f"{name} seed {seed}: R1 {cross.R1:.3f}, {run.seconds:.0f} s", file=sys.stderr)
    text = markdown(read_results(results))
    temporary = arguments.out / ".table2.md.tmp"
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(arguments.out / "table2.md")
    print(text)


def markdown(rows: list[ResultRow]) -> str:
    lines = [
        "| recipe | cross R1 | cross mAP | same R1 | same mAP | single-shot cross R1 | paper, PRCC: cross R1 / mAP |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, paper in TABLE_2.items():
        cells = [
            over_seeds(rows, name, setting, protocol, metric).percent()
            for setting, protocol, metric in (
                ("cross", "all-gallery", "R1"),
                ("cross", "all-gallery", "mAP"),
                ("same", "all-gallery", "R1"),
                ("same", "all-gallery", "mAP"),
                ("cross", "single-shot", "R1"),
            )
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} | {paper.cross_R1} / {paper.cross_mAP} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
