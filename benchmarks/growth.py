"""How time and memory of evaluation, search, re-ranking and packing grow, at 1, 10 and 100 times PRCC."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import input_pipeline
import measuring
import torch
from measuring import OURS, Case, Row

from ccreid.datasets.pack import write_pack
from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import evaluate_ranking, rerank
from ccreid.retrieval.ranked_list import rank_gallery

# PRCC's queries in other clothes, gallery and training images.
QUERIES, GALLERY, IDENTITIES, TRAINING = 3873, 3384, 71, 17896
# Narrower than a ResNet-50's features: what grows is the number of pairs.
WIDTH = 128
NEAREST = 10

SCALES = (0.3, 1.0, 3.0, 10.0, 100.0)
PACKING_SCALES = (0.01, 0.1, 1.0, 10.0, 100.0)
QUICK_SCALES, QUICK_PACKING_SCALES = (0.03, 0.1, 0.3, 10.0), (0.001, 0.003, 0.01, 1.0)
# GB below which readings of memory do not count for its growth.
NOISE = 0.01
# Seconds that one size may take by what the sizes before it tell, or it is not measured.
LIMIT, QUICK_LIMIT = 60.0, 2.0


def main() -> None:
    arguments = measuring.arguments(__doc__)
    row = Row("growth", "How cost grows, in multiples of PRCC", [])
    scales, packing_scales, limit = SCALES, PACKING_SCALES, LIMIT
    if arguments.quick:
        scales, packing_scales, limit = QUICK_SCALES, QUICK_PACKING_SCALES, QUICK_LIMIT
    for name, prepare in (
        ("evaluation, the gallery growing", lambda scale: evaluation(1, scale)),
        ("evaluation, queries and gallery growing", lambda scale: evaluation(scale, scale)),
        ("search, the gallery growing", search),
        ("re-ranking, queries and gallery growing", reranking),
    ):
        grow(row, name, scales, limit, prepare)
    with tempfile.TemporaryDirectory() as folder:
        input_pipeline.make_data(Path(folder) / "data")
        records = PRCC(Path(folder) / "data", "where_there").records()
        grow(row, "packing", packing_scales, limit, lambda scale: packing(records, Path(folder), scale))
    row.remarks = (
        f"Features are made, {WIDTH} wide, and every size is run once. 1 x PRCC is {QUERIES:,} queries, {GALLERY:,} "
        f"gallery images and {TRAINING:,} training images, which packing takes; where the gallery grows alone, the "
        f"queries stay {QUERIES:,}. Search returns the {NEAREST} nearest. Memory is beyond the features: evaluation's "
        "is bounded by its block of keys, re-ranking's holds the distances of all queries, which it returns. For its "
        f"growth, readings below {NOISE} GB count as that much."
    )
    measuring.finish(row, arguments.out)


def grow(
    row: Row, name: str, scales: tuple[float, ...], limit: float, prepare: Callable[[float], Callable[[], object]]
) -> None:
    """Measure one kind of work at each size that the sizes before it leave time and memory for."""
    sizes: list[float] = []
    seconds: list[float] = []
    memory: list[float] = []
    prepare(scales[0])()  # what is made once only is there from now on
    for scale in scales:
        refused = "" if len(sizes) < 2 else too_much(sizes, seconds, memory, scale, limit)
        if refused:
            row.missing.append(f"{name}, {scale:g} x PRCC: {refused}")
            continue
        work = prepare(scale)
        with measuring.peak_memory() as grown:
            seconds.append(measuring.timed(work)[0])
        sizes.append(scale)
        memory.append(max(grown[0], NOISE))
        row.cases.append(Case(f"{name}, {scale:g} x PRCC", "s", {OURS: [seconds[-1]]}))
        row.cases.append(Case(f"{name}, {scale:g} x PRCC, memory", "GB", {OURS: grown}))
    row.exponents[f"time of {name}"] = measuring.exponent(sizes, seconds)
    row.exponents[f"memory of {name}"] = measuring.exponent(sizes, memory)


def too_much(sizes: list[float], seconds: list[float], memory: list[float], scale: float, limit: float) -> str:
    """Return why a size is not measured, by going on with the last two sizes' growth; "" where it is."""
    expected, needed = (going_on(sizes, costs, scale) for costs in (seconds, memory))
    if expected > limit:
        return f"would take about {duration(expected)}, by the growth from {sizes[-2]:g} x to {sizes[-1]:g} x"
    free = measuring.free_memory()
    if needed > 0.8 * free:
        return (
            f"would need about {needed:.0f} GB, by the growth from {sizes[-2]:g} x to {sizes[-1]:g} x; {free:.0f} free"
        )
    return ""


def going_on(sizes: list[float], costs: list[float], scale: float) -> float:
    power = measuring.exponent(sizes[-2:], costs[-2:])
    return float(costs[-1] * (scale / sizes[-1]) ** power)


def duration(seconds: float) -> str:
    if seconds < 600:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def evaluation(queries: float, gallery: float) -> Callable[[], object]:
    made = features(queries, gallery, noise=14.0)
    return lambda: evaluate_ranking(made["query"], made["gallery"], made["query_ids"], made["gallery_ids"])


def search(scale: float) -> Callable[[], object]:
    made = features(1, scale, noise=14.0)
    query, gallery = torch.from_numpy(made["query"]), torch.from_numpy(made["gallery"])
    return lambda: rank_gallery(query, gallery, NEAREST)


def reranking(scale: float) -> Callable[[], object]:
    made = features(scale, scale, noise=4.0)
    return lambda: rerank(made["query"], made["gallery"])


def features(queries: float, gallery: float, noise: float) -> dict[str, Any]:
    identities = int(IDENTITIES * max(queries, gallery)) + 2
    return measuring.made_features(int(queries * QUERIES), int(gallery * GALLERY), identities, 3, WIDTH, noise)


def packing(records: list[ImageRecord], folder: Path, scale: float) -> Callable[[], object]:
    # The same files over and over: they are decoded each time.
    many = [records[index % len(records)] for index in range(int(scale * TRAINING))]
    pack = folder / "grown.pack"

    def run() -> None:
        write_pack(pack, folder / "data", many, input_pipeline.HEIGHT, input_pipeline.WIDTH)
        pack.unlink()

    return run


if __name__ == "__main__":
    main()
