"""All pairs one after the other, and thresholds by counting them: what the fast calibration must equal."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ccreid.evaluation.pair_counts import STEPS, Labelled


class Pair(NamedTuple):
    kind: str
    similarity: float


def plain_pairs(sets: Sequence[Labelled]) -> list[Pair]:
    """Return the pairs that count, with their similarities rounded down to a step."""
    found = []
    for images in sets:
        queries = images.features if images.asked is None else images.asked
        pairs = itertools.combinations if images.asked is None else itertools.permutations
        for one, other in pairs(range(len(images)), 2):
            if not queries[one].any():
                continue
            kind = _kind(images, one, other)
            similarity = float(queries[one].astype(float) @ images.features[other])
            if kind:
                found.append(Pair(kind, np.floor(similarity * STEPS) / STEPS))
    return found


def plain_threshold(pairs: Sequence[Pair], rate: float) -> float:
    """Return the least step at which no more than the rate's share of pairs of different people is at or above it."""
    different = [pair.similarity for pair in pairs if pair.kind == "different"]
    candidates = sorted({value + 1 / STEPS for value in different})
    return min(one for one in candidates if sum(value >= one for value in different) <= rate * len(different) + 1e-9)


def _kind(images: Labelled, one: int, other: int) -> str:
    if images.identities[one] != images.identities[other]:
        return "different"
    clothes = {images.clothes[one], images.clothes[other]}
    if "" not in clothes and len(clothes) == 2:
        return "across"
    for places in (images.cameras, images.tracks):
        if places[one] and places[one] == places[other]:
            return ""
    return "unknown" if "" in clothes else "within"
