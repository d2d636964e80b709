"""How well trained runs find people on photos, by what they were trained on, into docs/results.md.

    python benchmarks/runs_on_photos.py claim data/photos runs/market runs/both --recipes baseline pixel_sampling

PHOTOS is the folder that benchmarks/photo_probes.py takes. Each folder of runs holds RECIPE/seedN, as `ccreid
reproduce` and `ccreid train` write them; what is not finished is left out. A model that keeps clothes apart is scored
once more with queries whose clothes do not count. Writes docs/results/photos_NAME.json and the
section of docs/results.md between the comments that name this file and NAME.
"""

import argparse
import json
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any

from photo_probes import scores
from result_files import origin_lines, write_json

from ccreid.evaluation import provenance
from ccreid.evaluation.results import mean_spread
from ccreid.figures.page_section import replace_section
from ccreid.models.reid_model import ReIDModel

_PROBES = ("clothes_change", "market1501")
_METRICS = ("R1", "R5", "mAP")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the section and the file")
    parser.add_argument("photos", type=Path)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs, each trained on something else")
    parser.add_argument("--recipes", nargs="+", required=True, help="the rows, from top to bottom")
    parser.add_argument("--jobs", type=int, default=1, help="runs that are scored at a time (1)")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    arguments = parser.parse_args()
    # A forked process cannot use the GPU.
    with ProcessPoolExecutor(arguments.jobs, multiprocessing.get_context("spawn")) as workers:
        found = {
            folder.name: measured(arguments.recipes, folder, arguments.photos, workers) for folder in arguments.runs
        }
    run = provenance(arguments.photos / "clothes_change", ["python", *sys.argv])
    write_json(arguments.out / f"photos_{arguments.name}.json", {"trained on": found, "run": run})
    name = f"benchmarks/runs_on_photos.py {arguments.name}"
    replace_section(arguments.out.parent / "results.md", name, section(found, run))


def measured(recipes: Sequence[str], folder: Path, photos: Path, workers: Executor) -> dict[str, list[dict[str, Any]]]:
    """Return the probes' scores of each recipe's finished seeds, of each way to ask a model.

    Args:
        recipes: Names of their folders.
        folder: Of the runs.
        photos: Of the probes.
        workers: Score a run each.
    """
    runs = [model.parent for recipe in recipes for model in sorted((folder / recipe).glob("seed*/model.safetensors"))]
    found: dict[str, list[dict[str, Any]]] = {}
    for run, ways in zip(runs, workers.map(scores_of_run, runs, [photos] * len(runs)), strict=True):
        for way, scored in ways.items():
            found.setdefault(way, []).append({"seed": run.name.removeprefix("seed"), **scored})
            print(folder.name, way, run.name, json.dumps(scored), file=sys.stderr)
    return found


def scores_of_run(run: Path, photos: Path) -> dict[str, Any]:
    return scores(run.parent.name, ReIDModel.from_pretrained(run), photos, set())


def section(found: dict[str, dict[str, list[dict[str, Any]]]], run: dict[str, Any]) -> str:
    lines = [
        *origin_lines(run),
        "- per cent; mean ± sample standard deviation over the seeds; in brackets the middle 95 per cent of bootstrap "
        "draws of people, its ends averaged over the seeds",
        "",
        "| trained on | recipe | seeds | "
        + " | ".join(f"{probe} {metric}" for probe in _PROBES for metric in _METRICS)
        + " |",
        "| --- | --- | --- |" + " ---: |" * (len(_PROBES) * len(_METRICS)),
    ]
    for trained_on, recipes in found.items():
        for recipe, seeds in recipes.items():
            cells = [cell([seed[probe][metric] for seed in seeds]) for probe in _PROBES for metric in _METRICS]
            names = ", ".join(seed["seed"] for seed in seeds)
            lines.append(f"| {trained_on} | `{recipe}` | {names} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def cell(seeds: Sequence[dict[str, Any]]) -> str:
    low, high = (sum(seed["interval"][end] for seed in seeds) / len(seeds) for end in (0, 1))
    return f"{mean_spread([seed['value'] for seed in seeds]).percent()} ({100 * low:.0f} to {100 * high:.0f})"


if __name__ == "__main__":
    main()
