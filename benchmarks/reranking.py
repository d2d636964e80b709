"""k-reciprocal re-ranking, from features to distances, against torchreid's copy of the authors' numpy code."""

import itertools
from typing import Any

import measuring
import numpy as np
import peers
import torch
from measuring import OURS, Case, Row

from ccreid.evaluation import rerank
from ccreid.evaluation.reranking import Reranking, _Images, _neighbours

# Queries, gallery images, identities, cameras, runs. A peer's run of Market-1501's test set takes minutes.
SMALL = "1,500 x 3,384"
SIZES = {SMALL: (1500, 3384, 71, 3, 2), "Market-1501 size, 3,368 x 15,913": (3368, 15913, 751, 6, 1)}
QUICK_SIZES = {"300 x 700": (300, 700, 20, 3, 1)}
# Squared distances between unit vectors that are this close are one in float32, after torchreid's root and square.
TIE = 1e-6
PRODUCT = "limit: the float32 product of each pair, once"


def main() -> None:
    arguments = measuring.arguments(__doc__)
    row = Row("reranking", "k-reciprocal re-ranking, k1 20, k2 6, weight 0.3, from features to distances", [])
    try:
        folder = peers.checkout(arguments.peers, peers.TORCHREID)
        module = peers.load_file(folder / "torchreid/utils/rerank.py", "torchreid_rerank")
        row.peers[peers.TORCHREID] = peers.commit(folder)
    except peers.PeerMissingError as missing:
        module = None
        row.missing.append(str(missing))
    for name, (queries, gallery, identities, cameras, repeats) in (QUICK_SIZES if arguments.quick else SIZES).items():
        contenders = [OURS]
        if module is not None and fits(name, queries + gallery, row):
            contenders.append("torchreid")
        made = measuring.made_features(queries, gallery, identities, cameras, noise=6.0)
        seconds: dict[str, list[float]] = {}
        memory: dict[str, list[float]] = {}
        results: dict[str, Any] = {}
        for _ in range(repeats):
            # Ours first: what a program has used once stays its own, and the second user would seem to need nothing.
            for who in contenders:
                with measuring.peak_memory() as grown:
                    one, results[who] = measuring.timed(lambda who=who, made=made: run(who, made, module))
                seconds.setdefault(who, []).append(one)
                memory.setdefault(who, grown)
        equality = ""
        if "torchreid" in results:
            equality = compared(made, results[OURS], results["torchreid"])
        seconds[PRODUCT] = [measuring.timed(lambda made=made: products(made))[0]]
        # The target is for Market-1501's size; at small sizes a peer's matrices are small too.
        targets = {} if name == SMALL else {"torchreid": 10.0}
        case = Case(f"{name}, 2048-d", "s", seconds, targets, equality)
        if "torchreid" in seconds:
            case.held_by = (
                f"the product of each pair takes {case.median(PRODUCT):.2g} of our {case.median(OURS):.2g} s; "
                f"with nothing else to do ours would be {case.median('torchreid') / case.median(PRODUCT):.1f} times as "
                "fast as torchreid. Tried: larger blocks, which compute more pairs twice"
            )
        row.cases.append(case)
        row.cases.append(Case(f"{name}, memory beyond the features", "GB", memory, targets))
    row.remarks = (
        "torchreid is given Euclidean distances, so that it squares them once, as in the paper. Memory is that of the "
        "first run of each. Of two images that are equally far up to float32's rounding either may count as the nearer "
        "one. Where the two programs chose differently, the script checks in float64 that it was such a tie, and every "
        "distance that no such choice reaches has to agree to 1e-5."
    )
    measuring.finish(row, arguments.out)


def fits(name: str, images: int, row: Row) -> bool:
    """Return whether the peer's matrices fit, and note it where they do not."""
    # At its peak it holds distances, ranks and vectors of all pairs: eight times 4 bytes for each pair.
    needed, free = 32 * images**2 / 1e9, measuring.free_memory()
    if needed > 0.95 * free:
        row.missing.append(f"torchreid at {name}: it needs about {needed:.0f} GB, and {free:.0f} are free")
    return needed <= 0.95 * free


def run(who: str, made: dict[str, Any], module: Any) -> Any:
    if who == OURS:
        return rerank(made["query"], made["gallery"])
    return module.re_ranking(*torchreid_distances(made))


def compared(made: dict[str, Any], ours: Any, theirs: Any) -> str:
    """Return how far the results agree.

    Raises:
        SystemExit: Distances differ, and not because a tie was ordered in two ways.
    """
    method = Reranking()
    features = all_features(made)
    near = _neighbours(_Images(features), method.k1 + 1).indices, torchreid_neighbours(made, method.k1 + 1)
    half = round(method.k1 / 2) + 1
    split = ordered_in_two_ways(features, *near, (method.k2, half, method.k1 + 1))
    # An image's vector depends on its neighbours, on theirs, and on the smaller lists of these.
    touched = split.copy()
    for lists in near:
        touched |= split[lists].any(1) | split[lists[:, :half]].any(1)[lists].any(1)
    touched = np.logical_or(*(touched[lists[:, : method.k2]].any(1) for lists in near))
    queries = len(made["query"])
    clear = ~(touched[:queries, None] | touched[None, queries:])
    if not clear.any():
        raise SystemExit("every distance touches a tie, so that nothing could be compared")
    gaps = np.abs(ours - theirs)
    if gaps[clear].max() > 1e-5:
        raise SystemExit(f"{int((gaps[clear] > 1e-5).sum()):,} distances differ by more than 1e-5 and touch no tie")
    return (
        f"{clear.mean():.1%} of the distances touch no tie, and differ by {gaps[clear].max():.0e} at most; "
        f"{int(split.sum())} of {len(split):,} images have neighbours at one distance that were ordered in two ways, "
        f"which moves {(gaps > 1e-5).mean():.1e} of all distances by more than 1e-5"
    )


def ordered_in_two_ways(features: torch.Tensor, ours: Any, theirs: Any, counts: tuple[int, ...]) -> Any:
    """Return for which images (N,) one of the lists of their nearest, of these lengths, holds others than torchreid's.

    Raises:
        SystemExit: What the lists do not share is not equally far.
    """
    split = np.zeros(len(features), dtype=bool)
    for image, count in itertools.product(range(len(features)), counts):
        differing = sorted(set(ours[image, :count]) ^ set(theirs[image, :count]))
        if differing:
            split[image] = True
            exact = (features[torch.tensor(differing)].double() - features[image].double()).square().sum(1)
            if float(exact.max() - exact.min()) > TIE:
                raise SystemExit(f"image {image} has other neighbours than torchreid's, and they are no tie")
    return split


def torchreid_neighbours(made: dict[str, Any], count: int) -> Any:
    """Return each image's nearest (N, count), ordered as torchreid's code orders them."""
    across, among_queries, among_gallery = torchreid_distances(made)
    every = np.block([[among_queries, across], [across.T, among_gallery]])
    nearest = []
    for start in range(0, len(every), 1000):
        squared = np.power(every[:, start : start + 1000], 2)
        nearest.append(np.argsort(np.transpose(squared / squared.max(axis=0)))[:, :count])
    return np.concatenate(nearest)


def products(made: dict[str, Any]) -> None:
    """Multiply in square blocks, as a larger result spends its time on getting memory."""
    images, step = all_features(made), 2000
    for start in range(0, len(images), step):
        for other in range(start, len(images), step):
            images[start : start + step] @ images[other : other + step].T


def all_features(made: dict[str, Any]) -> torch.Tensor:
    return torch.cat([torch.from_numpy(made["query"]), torch.from_numpy(made["gallery"])])


def torchreid_distances(made: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return what torchreid takes: from queries to the gallery, among queries, and among gallery images."""
    query, gallery = torch.from_numpy(made["query"]), torch.from_numpy(made["gallery"])
    return distances(query, gallery), distances(query, query), distances(gallery, gallery)


def distances(one: torch.Tensor, other: torch.Tensor) -> Any:
    return (2 - 2 * one @ other.T).clamp_(min=0).sqrt_().numpy()


if __name__ == "__main__":
    main()
