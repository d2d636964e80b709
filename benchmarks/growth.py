"""How time and memory of evaluation, re-ranking and packing grow with the data set."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import input_pipeline
import measuring
from measuring import OURS, Case, Row

from ccreid.datasets.pack import packed_records, write_pack
from ccreid.datasets.record import ImageRecord
from ccreid.evaluation import evaluate_ranking, rerank

# PRCC's queries in other clothes, gallery and training images.
QUERIES, GALLERY, TRAINING = 3873, 3384, 17896
# Narrower than a ResNet-50's features: what grows is the number of pairs.
WIDTH = 128

SCALES = {"evaluation": (0.3, 1, 3, 10), "re-ranking": (0.3, 1, 3, 5), "packing": (0.01, 0.1, 0.5)}


def main() -> None:
    arguments = measuring.arguments(__doc__)
    row = Row("growth", "How cost grows, in multiples of PRCC", [])
    grow(row, "evaluation", evaluation)
    grow(row, "re-ranking", reranking)
    with tempfile.TemporaryDirectory() as folder:
        input_pipeline.make_data(Path(folder) / "data")
        records = packed_records(Path(folder) / "data")
        grow(row, "packing", lambda scale: packing(records, Path(folder), scale))
    row.remarks = (
        f"Features are made, {WIDTH} wide. Memory is beyond them: evaluation's is bounded by its block of keys, "
        "re-ranking's holds the distances of all queries, which it returns. Larger multiples than these take more time "
        "than a short run has: at 100 times PRCC, evaluation has 100 times the pairs of its last line here."
    )
    measuring.finish(row, arguments.out)


def grow(row: Row, name: str, run: Callable[[float], Callable[[], object]]) -> None:
    seconds, memory = [], []
    for scale in SCALES[name]:
        work = run(scale)
        with measuring.peak_memory() as grown:
            seconds.append(measuring.timed(work)[0])
        memory.append(grown[0])
        row.cases.append(Case(f"{name}, {scale:g} x PRCC", "s", {OURS: [seconds[-1]]}))
        row.cases.append(Case(f"{name}, {scale:g} x PRCC, memory", "GB", {OURS: [memory[-1]]}))
    row.exponents[f"time of {name}"] = measuring.exponent(list(SCALES[name]), seconds)
    row.exponents[f"memory of {name}"] = measuring.exponent(list(SCALES[name]), [max(one, 1e-3) for one in memory])


def evaluation(scale: float) -> Callable[[], object]:
    made = measuring.made_features(int(scale * QUERIES), int(scale * GALLERY), int(71 * scale) + 2, 3, WIDTH)
    return lambda: evaluate_ranking(made["query"], made["gallery"], made["query_ids"], made["gallery_ids"])


def reranking(scale: float) -> Callable[[], object]:
    made = measuring.made_features(int(scale * QUERIES), int(scale * GALLERY), int(71 * scale) + 2, 3, WIDTH, noise=4.0)
    return lambda: rerank(made["query"], made["gallery"])


def packing(records: list[ImageRecord], folder: Path, scale: float) -> Callable[[], object]:
    # The same files over and over: they are decoded each time.
    count = int(scale * TRAINING)
    many = [records[index % len(records)] for index in range(count)]
    pack = folder / "grown.pack"

    def run() -> None:
        write_pack(pack, folder / "data", many, input_pipeline.HEIGHT, input_pipeline.WIDTH)
        pack.unlink()

    return run


if __name__ == "__main__":
    main()
