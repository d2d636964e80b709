"""What parsing errors cost: the method trained with exact, parsed and degraded part maps, into docs/results.md.

    python benchmarks/parsing_errors.py data/wardrobe-mini --profile cpu --seeds 3

Goes on where it stopped when it is given again; runs of the recipe that `ccreid reproduce` or `ccreid train` finished
are taken as the runs with exact maps. Each other kind of part maps becomes a data set of its own below --runs, the
images linked and the maps of the training images written. Writes the rows with their provenance, and how far the maps
agree with the exact ones, to docs/results/parsing_errors.json, and the section of docs/results.md between the two
comments that name this file.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from degrade import erode_clothes, flip_labels, shift
from numpy.typing import NDArray
from result_files import origin_lines, write_json

from ccreid.datasets.images import read_image
from ccreid.datasets.part_maps import read_parts, write_parts
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import data_fingerprint, provenance, read_results, write_results
from ccreid.evaluation.results import MeanSpread, ResultRow, mean_spread, over_seeds
from ccreid.figures.page_section import replace_section
from ccreid.parsing.lite.parser import lite_parser
from ccreid.parsing.parser import Parser
from ccreid.parsing.part_iou import PartIoU, part_iou
from ccreid.recipe import Recipe, recipe_from_tree
from ccreid.training.recipe_file import read_recipe
from ccreid.training.run import run_recipe

RECIPE = "pixel_sampling_mse"

Parts = NDArray[np.uint8]
Make = Callable[[ImageRecord, Parts, np.random.Generator], Parts]

KINDS = {
    "exact": "exact, as rendered",
    "lite": "parsed by our own parser, which was trained on them",
    "eroded": "clothes eroded by 2 pixels",
    "shifted4": "shifted by 4 pixels, each in a random direction",
    "shifted8": "shifted by 8 pixels, each in a random direction",
    "flipped": "10 % of the labels flipped",
}

PARSED = ("exact", "lite")
"""Kinds of part maps that somebody would train with."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a data set in PRCC's layout with exact part maps")
    parser.add_argument("--profile", help="settings that go over the recipe's, such as cpu")
    parser.add_argument("--seeds", type=int, default=3, help="with exact maps and with those of our own parser")
    parser.add_argument("--degraded-seeds", type=int, default=3, help="with each kind of degraded maps")
    parser.add_argument("--exact-runs", type=Path, default=Path("runs") / RECIPE, help="with exact maps")
    parser.add_argument("--runs", type=Path, default=Path("runs/parsing_errors"))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    arguments = parser.parse_args()
    command = ["python", *sys.argv]
    lite = lite_parser()
    # Named for what they are made from: other images or another parser go to other folders, and no run is mistaken.
    images = data_fingerprint(arguments.data)
    sources = {kind: images + lite.fingerprint if kind == "lite" else images for kind in KINDS}
    digests = {kind: hashlib.sha256(source.encode()).hexdigest()[:8] for kind, source in sources.items()}
    folders = {kind: arguments.runs / f"{kind}-{digests[kind]}" for kind in KINDS} | {"exact": arguments.exact_runs}
    roots = {kind: arguments.data if kind == "exact" else folders[kind] / "data" for kind in KINDS}
    for kind, root in roots.items():
        if kind != "exact":
            make_data_set(arguments.data, root, maker(kind, lite))
    results = arguments.runs / "results.json"
    for kind, root in roots.items():
        for seed in range(arguments.seeds if kind in PARSED else arguments.degraded_seeds):
            recipe = recipe_on(kind, root, arguments.profile, seed)
            run_and_keep(recipe, folders[kind] / f"seed{seed}", results, command)
    agreement = {kind: part_iou(map_pairs(arguments.data, root)) for kind, root in roots.items()}
    tree = json.loads(results.read_text(encoding="utf-8"))
    maps = {kind: asdict(scores) for kind, scores in agreement.items()}
    write_json(arguments.out / "parsing_errors.json", {**tree, "format": "ccreid-parsing-errors-1", "maps": maps})
    # Where the rows with exact part maps come from; the others' data sets were made from theirs.
    exact = [row["run"] for row in tree["rows"] if row["recipe"] == name_of("exact")]
    section = markdown(read_results(results), agreement, tree["runs"][exact[-1]], arguments)
    replace_section(Path("docs/results.md"), "benchmarks/parsing_errors.py", section)
    print(section)


def recipe_on(kind: str, root: Path, profile: str | None, seed: int) -> Recipe:
    """Return the method on a data set; its name says the kind of part maps."""
    recipe = recipe_from_tree(read_recipe(RECIPE, profile))
    recipe.name, recipe.data.root, recipe.seed = name_of(kind), root, seed
    return recipe


def name_of(kind: str) -> str:
    """Return the name in the result rows of the recipe on a kind of part maps."""
    return RECIPE if kind == "exact" else f"{RECIPE}-{kind}"


def maker(kind: str, lite: Parser) -> Make:
    """Return the function from an image, its exact part map and a random generator to another part map."""

    def parse(record: ImageRecord, parts: Parts, random: np.random.Generator) -> Parts:
        return lite.parse([read_image(record.image, *parts.shape).permute(1, 2, 0).numpy()])[0]

    makers: dict[str, Make] = {
        "lite": parse,
        "eroded": lambda record, parts, random: erode_clothes(parts, 2),
        "shifted4": lambda record, parts, random: shift(parts, 4, random),
        "shifted8": lambda record, parts, random: shift(parts, 8, random),
        "flipped": lambda record, parts, random: flip_labels(parts, 0.1, random),
    }
    return makers[kind]


def make_data_set(exact: Path, root: Path, make: Make) -> None:
    """Write a data set with the exact one's images and other part maps of its training images, unless it is there."""
    if root.is_dir():
        return
    print(f"writing {root}", file=sys.stderr)
    unfinished = root.with_name(f".{root.name}.tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    (unfinished / "rgb").symlink_to((exact / "rgb").resolve(), target_is_directory=True)
    for index, record in enumerate(PRCC(exact).train):
        assert record.parts is not None  # PRCC leaves out training images without
        inside = record.image.relative_to(exact / "rgb").with_suffix(".png")
        parts = make(record, read_parts(record.parts), np.random.default_rng(index))
        write_parts(unfinished / "parts" / inside, parts)
    unfinished.rename(root)


def map_pairs(exact: Path, root: Path) -> Iterator[tuple[Parts, Parts]]:
    """Yield the exact and the other part map of each training image."""
    for record, other in zip(PRCC(exact).train, PRCC(root).train, strict=True):
        assert record.parts is not None
        assert other.parts is not None
        yield read_parts(record.parts), read_parts(other.parts)


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


def markdown(
    rows: list[ResultRow], agreement: dict[str, PartIoU], run: dict[str, Any], arguments: argparse.Namespace
) -> str:
    """Return the section: what was run where, and the table."""
    recipe = recipe_on("exact", arguments.data, arguments.profile, 0)
    lines = [
        *setting_lines(arguments.data, recipe, arguments.profile, run),
        f"- recipe: `{RECIPE}`; only the part maps of the training images differ",
        "",
        "Per cent, across clothes, all-gallery; mean IoU is the part maps' agreement with the exact ones over the six "
        "parts, and differences are those of runs with the same seed:",
        "",
        "| part maps | mean IoU | seeds | R1 | mAP | R1 - exact | mAP - exact |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind, shown in KINDS.items():
        name = name_of(kind)
        cells = [over_seeds(rows, name, "cross", "all-gallery", metric).percent() for metric in ("R1", "mAP")]
        cells += ["", ""] if kind == "exact" else [difference(rows, name, metric) for metric in ("R1", "mAP")]
        mean_iou = 100 * agreement[kind].mean
        lines.append(f"| {shown} | {mean_iou:.1f} | {len(by_seed(rows, name, 'R1'))} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def difference(rows: list[ResultRow], name: str, metric: str) -> str:
    """Return by how much a metric differs from that with exact part maps, seed by seed, such as "-1.2 ± 0.4"."""
    exact, other = by_seed(rows, name_of("exact"), metric), by_seed(rows, name, metric)
    spread: MeanSpread = mean_spread([other[seed] - exact[seed] for seed in sorted(exact.keys() & other.keys())])
    return ("+" if spread.mean > 0 else "") + spread.percent()


def by_seed(rows: list[ResultRow], name: str, metric: str) -> dict[int, float]:
    """Return a metric across clothes of each seed's run."""
    fitting = (row for row in rows if (row.recipe, row.setting, row.protocol) == (name, "cross", "all-gallery"))
    return {row.seed: float(getattr(row, metric)) for row in fitting}


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


def people(records: Sequence[ImageRecord]) -> int:
    """Return the number of identities."""
    return len({record.identity for record in records})


if __name__ == "__main__":
    main()
