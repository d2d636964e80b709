"""How far thresholds would differ with other people: a bootstrap over people, as pairs of one person are no new people.

A replicate draws as many people as there are, with replacement. A pair of two people counts as often as the one was
drawn times as often as the other; two draws of one person are no pair of different people.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccreid.evaluation.pair_counts import BINS, KINDS, LOW, Labelled, pair_blocks

REPLICATES: Final = 400

IMAGES: Final = 4096
"""Images of a set that stand behind the intervals, spread evenly over its people where there are more."""

# Pairs of different people that a replicate looks at: the most similar ones, twice as many as the highest rate asks.
_TAIL: Final = 2.0


class Deviations(NamedTuple):
    """How far 95 % of the replicates are from what was measured, at each rate.

    Attributes:
        similarity: (rates, 2), of the threshold.
        found: (kinds, rates, 2), of the share of pairs of one person at it or above; 0 where there are no pairs.
    """

    similarity: NDArray[np.float64]
    found: NDArray[np.float64]


class _Pairs(NamedTuple):
    """Pairs of all sets.

    Attributes:
        images: Of each person.
        asking: Of each person, how many of them are compared with each image of others: half where pairs count once.
        sets: The set of each person.
        bins: Of the most similar pairs of different people, from the most similar on.
        one: Person of each of these pairs.
        other: The other person of each.
        same: Bins of the pairs of one person, of each kind, sorted as the others.
        person: Person of each of these.
    """

    images: NDArray[np.int64]
    asking: NDArray[np.float64]
    sets: NDArray[np.intp]
    bins: NDArray[np.int32]
    one: NDArray[np.int32]
    other: NDArray[np.int32]
    same: list[NDArray[np.int32]]
    person: list[NDArray[np.int32]]


def bootstrap(sets: Sequence[Labelled], rates: Sequence[float]) -> Deviations:
    """Return how far thresholds and what they find deviate over people; to the width of a bin, 2^-15.

    Args:
        sets: The images.
        rates: False-match rates.
    """
    pairs = _gather([_some(images) for images in sets], _TAIL * max(rates))
    people = len(pairs.images)
    measured = _measure(pairs, np.ones(people), rates)
    generator = np.random.default_rng(0)
    draws = (generator.multinomial(people, np.full(people, 1 / people)) for _ in range(REPLICATES))
    # A draw of a single person, again and again, has no pair of different people.
    found = np.stack([_measure(pairs, draw.astype(np.float64), rates) for draw in draws if np.count_nonzero(draw) > 1])
    deviations = found - measured
    deviations[:, np.isnan(measured)] = 0  # of what there are no pairs of
    ends = np.moveaxis(np.nanquantile(deviations, (0.025, 0.975), axis=0), 0, -1)
    return Deviations(ends[0], ends[1:])


def _some(images: Labelled) -> Labelled:
    if len(images) <= IMAGES:
        return images
    order = np.argsort(images.identities, kind="stable")
    return images.take(order[np.linspace(0, len(order) - 1, IMAGES).astype(np.intp)])


def _gather(sets: Sequence[Labelled], share: float) -> _Pairs:
    """Return the pairs of sets, of different people the given share that is most similar."""
    images: list[NDArray[np.int64]] = []
    asking: list[NDArray[np.float64]] = []
    bins, people, same, kinds, person = [], [], [], [], []
    for one in sets:
        _, numbers, counts = np.unique(one.identities, return_inverse=True, return_counts=True)
        searching = counts / 2 if one.asked is None else np.bincount(numbers, np.any(one.asked, axis=1))
        asking.append(searching.astype(np.float64))
        numbers = (numbers + sum(map(len, images))).astype(np.int32)
        images.append(counts)
        for block in pair_blocks(one):
            bins.append(block.different >> LOW)
            people.append(numbers[block.people])
            same.append(block.same >> LOW)
            kinds.append(block.kinds)
            person.append(numbers[block.person])
    all_bins, all_people = np.concatenate(bins), np.concatenate(people, axis=1)
    kept = min(len(all_bins), int(share * len(all_bins)) + 1)
    order = np.argsort(-all_bins, kind="stable")[:kept]
    all_same, all_kinds = np.concatenate(same), np.concatenate(kinds)
    all_person: NDArray[np.int32] = np.concatenate(person).astype(np.int32)
    of_kind = [np.flatnonzero(all_kinds == kind) for kind in range(1, len(KINDS))]
    of_kind = [rows[np.argsort(-all_same[rows], kind="stable")] for rows in of_kind]
    return _Pairs(
        np.concatenate(images),
        np.concatenate(asking),
        np.repeat(np.arange(len(images)), [len(counts) for counts in images]),
        all_bins[order],
        all_people[0, order],
        all_people[1, order],
        [all_same[rows] for rows in of_kind],
        [all_person[rows] for rows in of_kind],
    )


def _measure(pairs: _Pairs, weights: NDArray[np.float64], rates: Sequence[float]) -> NDArray[np.float64]:
    """Return the threshold at each rate, and of each kind the share found there; (1 + kinds, rates)."""
    drawn, asking = weights * pairs.images, weights * pairs.asking
    total = (
        np.bincount(pairs.sets, asking) * np.bincount(pairs.sets, drawn) - np.bincount(pairs.sets, asking * drawn)
    ).sum()
    above = np.cumsum(weights[pairs.one] * weights[pairs.other])
    places = np.searchsorted(above, [rate * total for rate in rates], side="right")
    # The threshold is just above the first pair that is one too many.
    first = pairs.bins[np.minimum(places, len(pairs.bins) - 1)]
    missing = np.full(len(rates), np.nan)
    rows = [(first + 1) * 2.0 / (BINS - 1) - 1]
    for bins, person in zip(pairs.same, pairs.person, strict=True):
        found = np.append(0, np.cumsum(weights[person]))
        rows.append(found[np.searchsorted(-bins, -first, side="left")] / found[-1] if found[-1] else missing)
    return np.stack(rows)
