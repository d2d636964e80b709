"""How well models find people on photos, in other clothes and in the same, into docs/results.md.

    python benchmarks/photo_probes.py PHOTOS runs/head_clothes/seed0 ccreid-small --without NAMES.txt

PHOTOS holds clothes_change (NNN_photo.jpg, person NNN in another outfit each time, and other_photo.jpg, other people),
of which each photo of a person searches all others, and market1501 (query and bounding_box_test). Intervals are those
of bootstrap draws of people. With --without, a text file of photo names, clothes_change is also scored without these.
A model that keeps clothes apart is scored once more with queries whose clothes do not count, as by
`ccreid search --other-clothes`; photos that show no head are misses then. Writes docs/results/photo_probes.json and the
section of docs/results.md between the comments that name this file.
"""

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from result_files import origin_lines, write_json

from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import provenance
from ccreid.evaluation.ranking import RankingError, evaluate_ranking
from ccreid.figures.page_section import replace_section
from ccreid.models.reid_model import ReIDModel
from ccreid.retrieval.other_clothes import clothes_left_out

_DRAWS = 500
_NOBODY = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("models", nargs="+", help="run folders, files, or names of models that ship")
    parser.add_argument("--without", type=Path, help="names of photos without which clothes_change is scored as well")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    arguments = parser.parse_args()
    without = set(arguments.without.read_text().split()) if arguments.without else set()
    rows: dict[str, Any] = {}
    for name in arguments.models:
        model = ReIDModel.from_pretrained(name)
        rows |= scores(name, model, arguments.photos, without)
        print(name, json.dumps(rows[name]), file=sys.stderr)
    tree = {"models": rows, "run": provenance(arguments.photos / "clothes_change", ["python", *sys.argv])}
    write_json(arguments.out / "photo_probes.json", tree)
    replace_section(arguments.out.parent / "results.md", "benchmarks/photo_probes.py", section(tree))


def scores(name: str, model: ReIDModel, photos: Path, without: set[str]) -> dict[str, Any]:
    """Return R1, R5 and mAP with their intervals of each probe, by how the model is asked."""
    paths = sorted((photos / "clothes_change").glob("*.jpg"))
    kept = np.array([path.name.partition("_")[2] not in without for path in paths])
    query, gallery = (market(photos / "market1501" / folder) for folder in ("query", "bounding_box_test"))
    changing, searching, searched = (
        model.embed(listed)
        for listed in (paths, [record.image for record in query], [record.image for record in gallery])
    )
    rows = {}
    ways = {name: (changing, searching)}
    if model.network.clothes_from is not None:
        ways[f"{name} --other-clothes"] = clothes_left_out(changing, model), clothes_left_out(searching, model)
    for way, (changed_asked, market_asked) in ways.items():
        found = {"clothes_change": changed(paths, changed_asked, changing)}
        if without:
            fewer = [path for path, keep in zip(paths, kept, strict=True) if keep]
            found["clothes_change, fewer"] = changed(fewer, changed_asked[kept], changing[kept])
        found["market1501"] = ranked(market_asked, searched, query, gallery)
        rows[way] = found
    return rows


def changed(paths: Sequence[Path], asked: NDArray[np.float32], features: NDArray[np.float32]) -> dict[str, Any]:
    """Score photos that search all others: a camera of its own each, so that only the photo itself is dropped."""
    people = [path.name.partition("_")[0] for path in paths]
    records = [
        ImageRecord(path, None, int(person) if person.isdecimal() else _NOBODY + row, str(row), None, row)
        for row, (path, person) in enumerate(zip(paths, people, strict=True))
    ]
    searched = [row for row, person in enumerate(people) if person.isdecimal() and people.count(person) > 1]
    return ranked(asked[searched], features, [records[row] for row in searched], records)


def market(folder: Path) -> list[ImageRecord]:
    """Return the images of a folder of Market-1501, such as 0002_c1s1_000451_03.jpg."""
    return [
        ImageRecord(path, None, int(path.name[:4]), path.name[6], None, row)
        for row, path in enumerate(sorted(folder.glob("*.jpg")))
    ]


def ranked(
    query_features: NDArray[np.float32],
    gallery_features: NDArray[np.float32],
    query: Sequence[ImageRecord],
    gallery: Sequence[ImageRecord],
) -> dict[str, Any]:
    """Return R1, R5 and mAP, and of each the 2.5 and 97.5 per cent points of draws of the queries' people."""
    owners = np.array([record.identity for record in query])

    def measured(rows: NDArray[np.intp]) -> tuple[float, float, float]:
        metrics = evaluate_ranking(
            query_features[rows],
            gallery_features,
            owners[rows],
            [record.identity for record in gallery],
            [query[row].camera for row in rows],
            [record.camera for record in gallery],
            query_present=query_features[rows].any(axis=1),
            gallery_present=gallery_features.any(axis=1),
        )
        return metrics.rank(1), metrics.rank(5), metrics.mAP

    whole = measured(np.arange(len(query)))
    single: dict[int, list[tuple[float, float, float]]] = {}
    for row, person in enumerate(owners.tolist()):
        with contextlib.suppress(RankingError):  # nothing to be found of this query, which the whole skips as well
            scored = measured(np.array([row]))
            single.setdefault(person, []).append(scored)
    random = np.random.default_rng(0)
    drawn = np.array(
        [
            np.concatenate([single[person] for person in random.choice(list(single), len(single))]).mean(0)
            for _ in range(_DRAWS)
        ]
    )
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return {
        name: {"value": value, "interval": [float(low[place]), float(high[place])]}
        for place, (name, value) in enumerate(zip(("R1", "R5", "mAP"), whole, strict=True))
    } | {"queries": sum(map(len, single.values())), "people": len(single)}


def section(tree: dict[str, Any]) -> str:
    lines = [
        *origin_lines(tree["run"]),
        "- clothes_change: people found by face similarity and then looked at; every face can be seen, which favours "
        "models that see heads",
        "- per cent; in brackets the middle 95 per cent of bootstrap draws of people",
        "",
        "| model | probe | queries, people | R1 | R5 | mAP |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for model, probes in tree["models"].items():
        for probe, found in probes.items():
            cells = " | ".join(cell(found[name]) for name in ("R1", "R5", "mAP"))
            lines.append(f"| {model} | {probe} | {found['queries']}, {found['people']} | {cells} |")
    return "\n".join([*lines, ""])


def cell(found: dict[str, Any]) -> str:
    low, high = found["interval"]
    return f"{100 * found['value']:.1f} ({100 * low:.0f} to {100 * high:.0f})"


if __name__ == "__main__":
    main()
