"""k-reciprocal re-ranking, from features to distances, against torchreid's copy of the authors' numpy code."""

from typing import Any

import measuring
import numpy as np
import peers
import torch
from measuring import OURS, Case, Row

from ccreid.evaluation import rerank

# Queries, gallery images, identities, cameras, runs. A peer's run of Market-1501's test set takes minutes.
SMALL = "1,500 x 3,384"
SIZES = {SMALL: (1500, 3384, 71, 3, 2), "Market-1501 size, 3,368 x 15,913": (3368, 15913, 751, 6, 1)}
QUICK_SIZES = {"300 x 700": (300, 700, 20, 3, 1)}
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
            gaps = np.abs(results[OURS] - results["torchreid"])
            beyond = float((gaps > 1e-5).mean())
            if beyond > 1e-4:
                raise SystemExit(f"{beyond:.1%} of the re-ranked distances differ by more than 1e-5 at {name}")
            equality = f"largest difference {gaps.max():.0e}; {beyond:.0e} of the distances differ by more than 1e-5"
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
        "first run of each. Distances that differ come from images at one distance up to rounding, of which either may "
        "count as the nearer one."
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
    query, gallery = torch.from_numpy(made["query"]), torch.from_numpy(made["gallery"])
    return module.re_ranking(distances(query, gallery), distances(query, query), distances(gallery, gallery))


def products(made: dict[str, Any], step: int = 2000) -> None:
    images = torch.cat([torch.from_numpy(made["query"]), torch.from_numpy(made["gallery"])])
    for start in range(0, len(images), step):
        images[start : start + step] @ images[start:].T


def distances(one: torch.Tensor, other: torch.Tensor) -> Any:
    return (2 - 2 * one @ other.T).clamp_(min=0).sqrt_().numpy()


if __name__ == "__main__":
    main()
