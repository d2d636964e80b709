"""Evaluation, from features to CMC, mAP and mINP, against the evaluators of the four peers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import measuring
import numpy as np
import peers
import torch
from measuring import OURS, Case, Row

from ccreid.evaluation import evaluate_ranking, ranking

# Queries, gallery images, identities, cameras.
SIZES = {"PRCC": (3873, 3384, 71, 3), "Market-1501": (3368, 15913, 751, 6)}
LARGEST = {"MSMT17": (11659, 82161, 3060, 15)}
QUICK_SIZES = {"a tenth of PRCC's": (387, 338, 20, 3)}
QUICK_LARGEST = {"two times PRCC's": (6000, 8000, 140, 3)}
REPEATS = 3

# Loops over all queries and ranks in Python: half a minute at PRCC's size, minutes at Market-1501's.
SLOW = ("released code", "Simple-CCReID")
TARGETS = {"torchreid": 5.0, "fast-reid": 5.0}


def main() -> None:
    arguments = measuring.arguments(__doc__)
    row = Row("evaluation", "Evaluation, from features to CMC, mAP and mINP", [])
    others = evaluators(arguments.peers, row)
    for place, (name, size) in enumerate((QUICK_SIZES if arguments.quick else SIZES).items()):
        chosen = {peer: one for peer, one in others.items() if peer not in SLOW or place == 0}
        compare(f"{name} size", size, chosen, row)
    for name, size in (QUICK_LARGEST if arguments.quick else LARGEST).items():
        largest(f"{name} size", size, row)
    row.remarks = (
        "Each line from features is followed by its two parts, from the same runs: distances, which for ours are the "
        "keys that the gallery is sorted by, and ranking, which for ours includes checking the features and finding "
        "equal ones. The peers hold all distances and ranks at once: at MSMT17's size 3.8 GB of float32 and 7.7 GB of "
        "int64. The released code and Simple-CCReID are run once, and at the first size only."
    )
    measuring.finish(row, arguments.out)


@dataclass(frozen=True)
class Evaluator:
    """A peer's way from features to CMC at rank 1, mAP and, where it has it, mINP."""

    distances: Callable[[dict[str, Any]], Any]
    rank: Callable[[Any, dict[str, Any]], tuple[float, float, float | None]]


def evaluators(folder: Path | None, row: Row) -> dict[str, Evaluator]:
    """Return the peers whose checkouts are there."""
    found: dict[str, Evaluator] = {}
    for name, checkout_name, build in (
        ("torchreid", peers.TORCHREID, torchreid),
        ("fast-reid", peers.FASTREID, fastreid),
        ("released code", peers.RELEASED, released),
        ("Simple-CCReID", peers.SIMPLE, simple_ccreid),
    ):
        try:
            checkout = peers.checkout(folder, checkout_name)
            found[name] = build(checkout)
            row.peers[checkout_name] = peers.commit(checkout)
        except peers.PeerMissingError as missing:
            row.missing.append(str(missing))
    return found


def torchreid(checkout: Path) -> Evaluator:
    compiled = peers.load_compiled(checkout / "torchreid/metrics/rank_cylib", "rank_cy")
    distance = peers.load_file(checkout / "torchreid/metrics/distance.py", "torchreid_distance")

    def rank(matrix: Any, made: dict[str, Any]) -> tuple[float, float, None]:
        cmc, mean = compiled.evaluate_cy(matrix, *labels(made), 50)
        return float(cmc[0]), float(mean), None

    return Evaluator(lambda made: distance.compute_distance_matrix(*tensors(made)).numpy(), rank)


def fastreid(checkout: Path) -> Evaluator:
    compiled = peers.load_compiled(checkout / "fastreid/evaluation/rank_cylib", "rank_cy")

    def distances(made: dict[str, Any]) -> Any:
        # Its cosine distance: normalise, multiply, subtract from 1.
        query, gallery = (torch.nn.functional.normalize(side) for side in tensors(made))
        return 1 - torch.mm(query, gallery.t()).numpy()

    def rank(matrix: Any, made: dict[str, Any]) -> tuple[float, float, float]:
        cmc, precisions, penalties = compiled.evaluate_cy(matrix, *labels(made), 50, False)
        return float(cmc[0]), float(np.mean(precisions)), float(np.mean(penalties))

    return Evaluator(distances, rank)


def released(checkout: Path) -> Evaluator:
    module = peers.load_file(checkout / "data/datasets/eval_reid.py", "released_eval_reid")

    def distances(made: dict[str, Any]) -> Any:
        # As its R1_mAP does, on features that are normalised already.
        query, gallery = tensors(made)
        squares = query.pow(2).sum(1, keepdim=True) + gallery.pow(2).sum(1, keepdim=True).t()
        return (squares - 2 * torch.matmul(query, gallery.t())).numpy()

    def rank(matrix: Any, made: dict[str, Any]) -> tuple[float, float, None]:
        cmc, mean = module.eval_func(matrix, *labels(made))
        return float(cmc[0]), float(mean), None

    return Evaluator(distances, rank)


def simple_ccreid(checkout: Path) -> Evaluator:
    module = peers.load_file(checkout / "tools/eval_metrics.py", "simple_ccreid_eval_metrics")

    def distances(made: dict[str, Any]) -> Any:
        # Query by query, as its test does.
        query, gallery = tensors(made)
        matrix = torch.zeros(len(query), len(gallery))
        for place in range(len(query)):
            matrix[place] = -torch.mm(query[place : place + 1], gallery.t())
        return matrix.numpy()

    def rank(matrix: Any, made: dict[str, Any]) -> tuple[float, float, None]:
        # A name that numpy no longer has.
        with mock.patch.object(np, "in1d", np.isin, create=True):
            cmc, mean = module.evaluate(matrix, *labels(made))
        return float(cmc[0]), float(mean), None

    return Evaluator(distances, rank)


def tensors(made: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(made["query"]), torch.from_numpy(made["gallery"])


def labels(made: dict[str, Any]) -> tuple[Any, ...]:
    return made["query_ids"], made["gallery_ids"], made["query_cameras"], made["gallery_cameras"]


def ours(made: dict[str, Any]) -> tuple[float, float, float]:
    metrics = evaluate_ranking(made["query"], made["gallery"], *labels(made))
    return metrics.rank(1), metrics.mAP, metrics.mINP


@dataclass
class Timed:
    """Seconds of one run and what it found."""

    distances: float
    ranking: float
    result: tuple[float, float, float | None]

    @property
    def total(self) -> float:
        """From features to figures."""
        return self.distances + self.ranking


def time_ours(made: dict[str, Any]) -> Timed:
    """Run ours with a clock on what hands out its blocks of keys."""
    inside = 0.0
    blocks_of = ranking.sort_keys

    def clocked(*arguments: Any) -> Iterator[Any]:
        nonlocal inside
        blocks = blocks_of(*arguments)
        while True:
            seconds, block = measuring.timed(lambda: next(blocks, None))
            inside += seconds
            if block is None:
                return
            yield block

    with mock.patch.object(ranking, "sort_keys", clocked):
        seconds, result = measuring.timed(lambda: ours(made))
    return Timed(inside, seconds - inside, result)


def time_peer(peer: Evaluator, made: dict[str, Any]) -> Timed:
    distances, matrix = measuring.timed(lambda: peer.distances(made))
    seconds, result = measuring.timed(lambda: peer.rank(matrix, made))
    return Timed(distances, seconds, result)


def compare(name: str, size: tuple[int, int, int, int], others: dict[str, Evaluator], row: Row) -> None:
    made = measuring.made_features(*size)
    query, gallery = tensors(made)
    contenders: dict[str, Callable[[], Timed]] = {OURS: lambda: time_ours(made)}
    contenders |= {peer: lambda one=one: time_peer(one, made) for peer, one in others.items()}
    runs: dict[str, list[Timed]] = {who: [] for who in contenders}
    products = []
    for turn in range(REPEATS):
        for who, run in contenders.items():
            if turn == 0 or who not in SLOW:
                runs[who].append(run())
        products.append(measuring.timed(lambda: query @ gallery.T)[0])
    worst = worst_difference({who: timed[0].result for who, timed in runs.items()}, name)
    equality = f"rank 1, mAP and mINP differ by at most {worst:.0e} (the peers round in float32)" if others else ""

    work, product = f"{name}, {size[0]:,} x {size[1]:,}, 2048-d", "limit: the float32 product alone"
    whole = Case(work, "s", {who: [one.total for one in timed] for who, timed in runs.items()}, dict(TARGETS), equality)
    whole.readings[product] = products
    distances = Case(f"{name}, distances", "s", {who: [one.distances for one in timed] for who, timed in runs.items()})
    distances.readings[product] = products
    ranks = {who: [one.ranking for one in timed] for who, timed in runs.items()}
    alone = Case(f"{name}, ranking", "s", ranks, dict(TARGETS))
    whole.held_by = held_by(whole, alone, product)
    alone.held_by = "the rest beside sorting is looking through the features and finding equal gallery images"
    row.cases += [whole, distances, alone]


def worst_difference(results: dict[str, tuple[float, float, float | None]], name: str) -> float:
    """Return how far a peer's figures are from ours at most, and stop where that is too far."""
    worst = 0.0
    for found in results.values():
        gaps = [abs(one - other) for one, other in zip(results[OURS], found, strict=True) if None not in (one, other)]
        worst = max(worst, *gaps)
    if worst > 1e-4:
        raise SystemExit(f"a peer's figures differ from ours by {worst:.1e} at {name}")
    return worst


def held_by(whole: Case, alone: Case, product: str) -> str:
    """Say, from the readings, how far the product of the features lets anyone go."""
    peers_there = [peer for peer in TARGETS if peer in whole.readings]
    bounds = " and ".join(f"{whole.median(peer) / whole.median(product):.1f} x {peer}" for peer in peers_there)
    ranks = " and ".join(f"{alone.ratio(peer):.1f} x {peer}" for peer in peers_there)
    return (
        f"the float32 product, which all need, takes {whole.median(product):.2g} of our {whole.median(OURS):.2g} s; "
        f"with nothing else to do ours would be {bounds}, and without it, ranking alone is {ranks}. Tried for the "
        "product: OpenBLAS and oneDNN in place of MKL, all within a tenth of each other; float64, twice as long. Tried "
        "for ranking: torch's sort, which is slower than numpy's. bfloat16 products are not exact"
    )


def largest(name: str, size: tuple[int, int, int, int], row: Row) -> None:
    """Measure what only ours can hold in memory."""
    made = measuring.made_features(*size)
    with measuring.peak_memory() as grown:
        timed = time_ours(made)
    work = f"{name}, {size[0]:,} x {size[1]:,}, 2048-d"
    bound = "bound: 2 GB"
    row.cases.append(Case(f"{work}, memory beyond the features", "GB", {OURS: grown, bound: [2.0]}, {bound: 1}))
    row.cases.append(Case(work, "s", {OURS: [timed.total]}))
    row.cases.append(Case(f"{name}, distances", "s", {OURS: [timed.distances]}))
    row.cases.append(Case(f"{name}, ranking", "s", {OURS: [timed.ranking]}))


if __name__ == "__main__":
    main()
