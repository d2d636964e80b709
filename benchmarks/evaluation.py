"""Evaluation, from features to CMC, mAP and mINP, against the compiled evaluators of torchreid and fast-reid."""

from typing import Any

import measuring
import numpy as np
import peers
import torch
from measuring import OURS, Case, Row

from ccreid.evaluation import evaluate_ranking

# Queries, gallery images, identities, cameras.
SIZES = {"PRCC": (3873, 3384, 71, 3), "Market-1501": (3368, 15913, 751, 6)}
LARGEST = (11659, 82161, 3060, 15)
REPEATS = 3


def main() -> None:
    arguments = measuring.arguments(__doc__)
    row = Row("evaluation", "Evaluation, from features to CMC, mAP and mINP", [])
    others = compiled_evaluators(arguments.peers, row)
    for name, size in SIZES.items():
        compare(f"{name} size", size, others, row)
    # The peers' matrices of this size do not fit: distances in float32 and ranks in int64 alone take 11 GB.
    made = measuring.made_features(*LARGEST)
    with measuring.peak_memory() as grown:
        seconds, _ = measuring.timed(lambda: ours(made))
    work = f"MSMT17 size, {LARGEST[0]:,} x {LARGEST[1]:,}, 2048-d"
    row.cases.append(
        Case(f"{work}, memory beyond the features", "GB", {OURS: grown, "bound: 2 GB": [2.0]}, {"bound: 2 GB": 1})
    )
    row.cases.append(Case(work, "s", {OURS: [seconds]}))
    row.remarks = (
        "The float32 matrix product, which the peers need as well, bounds the ratio: where it alone takes more than a "
        "fifth of a peer's time, nothing that forms it is five times as fast. What is left beside it is mostly sorting "
        "the keys of the wrong identities. Tried: a float64 product, which takes about twice as long, and torch's "
        "sort, which is slower than numpy's. Not tried: bfloat16 products with an exact recount of near ties."
    )
    measuring.finish(row, arguments.out)


def compiled_evaluators(folder: Any, row: Row) -> dict[str, Any]:
    """Return the peers' functions from features to (CMC at rank 1, mAP, mINP or None)."""
    found: dict[str, Any] = {}
    for name, inside in (
        (peers.TORCHREID, "torchreid/metrics/rank_cylib"),
        (peers.FASTREID, "fastreid/evaluation/rank_cylib"),
    ):
        try:
            checkout = peers.checkout(folder, name)
            compiled = peers.load_compiled(checkout / inside, "rank_cy")
            if name == peers.TORCHREID:
                distance = peers.load_file(checkout / "torchreid/metrics/distance.py", "torchreid_distance")
                found["torchreid"] = torchreid(distance.compute_distance_matrix, compiled.evaluate_cy)
            else:
                found["fast-reid"] = fastreid(compiled.evaluate_cy)
            row.peers[name] = peers.commit(checkout)
        except peers.PeerMissingError as missing:
            row.missing.append(str(missing))
    return found


def torchreid(distances: Any, evaluate: Any) -> Any:
    def run(made: dict[str, Any]) -> tuple[float, float, float | None]:
        matrix = distances(torch.from_numpy(made["query"]), torch.from_numpy(made["gallery"])).numpy()
        cmc, mean = evaluate(matrix, *labels(made), 50)
        return float(cmc[0]), float(mean), None

    return run


def fastreid(evaluate: Any) -> Any:
    def run(made: dict[str, Any]) -> tuple[float, float, float | None]:
        # Its cosine distance: normalise, multiply, subtract from 1.
        query, gallery = (torch.nn.functional.normalize(torch.from_numpy(made[side])) for side in ("query", "gallery"))
        matrix = 1 - torch.mm(query, gallery.t()).numpy()
        cmc, precisions, penalties = evaluate(matrix, *labels(made), 50, False)
        return float(cmc[0]), float(np.mean(precisions)), float(np.mean(penalties))

    return run


def labels(made: dict[str, Any]) -> tuple[Any, ...]:
    return made["query_ids"], made["gallery_ids"], made["query_cameras"], made["gallery_cameras"]


def ours(made: dict[str, Any]) -> tuple[float, float, float]:
    metrics = evaluate_ranking(made["query"], made["gallery"], *labels(made))
    return metrics.rank(1), metrics.mAP, metrics.mINP


def compare(name: str, size: tuple[int, int, int, int], others: dict[str, Any], row: Row) -> None:
    made = measuring.made_features(*size)
    expected = ours(made)
    worst = 0.0
    for run in others.values():
        gaps = [abs(one - other) for one, other in zip(expected, run(made), strict=True) if other is not None]
        worst = max(worst, *gaps)
    if worst > 1e-4:
        raise SystemExit(f"a peer's figures differ from ours by {worst:.1e} at {name}")
    query, gallery = torch.from_numpy(made["query"]), torch.from_numpy(made["gallery"])
    runs = {OURS: lambda: ours(made)}
    runs |= {peer: lambda run=run: run(made) for peer, run in others.items()}
    runs["limit: the float32 product alone"] = lambda: query @ gallery.T
    row.cases.append(
        Case(
            f"{name}, {size[0]:,} x {size[1]:,}, 2048-d",
            "s",
            measuring.alternate(runs, REPEATS, warm=False),
            dict.fromkeys(others, 5.0),
            f"rank 1, mAP and mINP differ by at most {worst:.0e} (the peers round in float32)" if others else "",
        )
    )


if __name__ == "__main__":
    main()
