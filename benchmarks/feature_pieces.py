"""What each piece of a retrieval feature recognises: HPM's stripes, head + body's streams; into docs/results.md.

    python benchmarks/feature_pieces.py data/wardrobe-mini runs/hpm/seed*/model.safetensors

Searches the test images by each piece of the trained models' features as if it were all of the feature. Writes
docs/results/feature_pieces.json and the section of docs/results.md between the two comments that name this file.
"""

import argparse
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from result_files import origin_lines, write_json
from torch import nn

from ccreid.datasets.prcc import PRCC
from ccreid.evaluation import provenance
from ccreid.evaluation.evaluate import features_of_sets
from ccreid.evaluation.features import Features, evaluate_features
from ccreid.evaluation.results import mean_spread
from ccreid.figures.page_section import replace_section
from ccreid.models.head_body import HeadBody
from ccreid.models.hpm import HPM, SCALES
from ccreid.models.reid_model import ReIDModel

ALL = "all of it"
SIZES = {1: "the whole image", 2: "half", 4: "quarter", 8: "eighth"}

# By recipe and piece, a value a seed.
Readings = dict[str, dict[str, list[float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a data set in PRCC's layout")
    parser.add_argument("models", type=Path, nargs="+", help="model.safetensors of runs of HPM and of head + body")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    arguments = parser.parse_args()
    data = PRCC(arguments.data)
    readings: Readings = {}
    seeds: dict[str, list[int]] = defaultdict(list)
    for path in arguments.models:
        model = ReIDModel.from_pretrained(path)
        recipe = model.recipe.name
        seeds[recipe].append(model.recipe.seed)
        query, gallery = features_of_sets(model, (data.query_cross, data.gallery))
        of_recipe = readings.setdefault(recipe, {})
        for piece, rank1 in alone(pieces(model.network), query, gallery).items():
            of_recipe.setdefault(piece, []).append(rank1)
    run = provenance(arguments.data, ["python", *sys.argv])
    write_json(arguments.out / "feature_pieces.json", {"R1": readings, "seeds": seeds, "run": run})
    section = "\n".join([*origin_lines(run), "", *table(readings, seeds), ""])
    replace_section(Path("docs/results.md"), "benchmarks/feature_pieces.py", section)
    print(section)


def pieces(model: nn.Module) -> list[str]:
    """Return the names of the equally wide pieces that a model's feature is made of, in their order.

    Raises:
        SystemExit: It is none of the systems whose pieces are compared.
    """
    if isinstance(model, HPM):
        return [SIZES[1], *(f"{SIZES[scale]} {place + 1}" for scale in SCALES[1:] for place in range(scale))]
    if isinstance(model, HeadBody):
        return ["head", "body"]
    raise SystemExit(f"{type(model).__name__} is neither HPM nor head + body")


def alone(names: list[str], query: Features, gallery: Features) -> dict[str, float]:
    """Return rank-1 accuracy by the whole feature, and by each of its pieces."""
    found = {ALL: evaluate_features(query, gallery).rank(1)}
    parts = (np.split(side.features, len(names), axis=1) for side in (query, gallery))
    for name, one, other in zip(names, *parts, strict=True):
        found[name] = evaluate_features(replace(query, features=one), replace(gallery, features=other)).rank(1)
    return found


def table(readings: Readings, seeds: dict[str, list[int]]) -> list[str]:
    """Return a table for all recipes whose features have the same pieces."""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for recipe, of_pieces in readings.items():
        alike[tuple(of_pieces)].append(recipe)
    lines = ["R1 across clothes in the whole gallery, in per cent, when searched by one piece of the feature alone:"]
    for names, recipes in alike.items():
        heads = [f"`{recipe}`, seeds {', '.join(map(str, seeds[recipe]))}" for recipe in recipes]
        lines += ["", f"| piece | {' | '.join(heads)} |", "| --- |" + " ---: |" * len(recipes)]
        for name in names:
            values = [mean_spread(readings[recipe][name]).percent() for recipe in recipes]
            lines.append(f"| {name} | {' | '.join(values)} |")
    return lines


if __name__ == "__main__":
    main()
