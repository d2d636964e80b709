"""Thresholds of the similarity at false-match rates, from features of people with known identities."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import BadValueError
from ccreid.evaluation.pair_bootstrap import bootstrap
from ccreid.evaluation.pair_counts import BINS, KINDS, LOW, STEPS, Counts, Labelled, count_pairs, count_steps, of_step
from ccreid.models.calibration import CLOTHES, Calibration, Clothes, Estimate, Threshold

RATES: Final = (0.1, 0.01, 0.001, 0.0001)
"""The false-match rates that are measured where none are asked for, as far as there are pairs enough."""

_POINTS: Final = 400


class Curve(NamedTuple):
    """What each threshold does; of M thresholds from the highest on.

    Attributes:
        similarity: (M,), the threshold.
        false_matches: (M,), share of the pairs of different people at it or above.
        found: (M,) each, share of the pairs of one person, by what the two images wear, for kinds that there are.
    """

    similarity: NDArray[np.float64]
    false_matches: NDArray[np.float64]
    found: dict[Clothes, NDArray[np.float64]]


class Measured(NamedTuple):
    """A calibration, and all that it was read from.

    Attributes:
        calibration: The thresholds.
        counts: Pairs of each kind in each bin of similarity; see `ccreid.evaluation.pair_counts`.
    """

    calibration: Calibration
    counts: Counts


def calibrate(
    sets: Sequence[Labelled], names: Sequence[str], rates: Sequence[float] | None = None, of: str = "images"
) -> Measured:
    """Measure thresholds on all pairs of images within each of some sets.

    A threshold is the least similarity at which no more than the rate's share of the pairs of different people counts
    as one person. It is exact: of equal similarities all are counted. Its interval, and those of the shares found, are
    of 95 % over people, by a bootstrap. Where images are searched by something else than their features, such as these
    without clothes, the one of a pair looks for the other and the other for the one: that is two pairs.

    Args:
        sets: Features of people whom the model never saw, of one model.
        names: Of the sets.
        rates: False-match rates, each so high that at least one pair may be above its threshold; `RATES`, as far as
            they are, where None.
        of: What is compared, images or tracks.

    Raises:
        BadValueError: There are no pairs of one person or of different people, or a rate is out of its range.

    Example:
        >>> features = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0.6, 0.8], [0.6, 0.8]], dtype=np.float32)
        >>> people = Labelled.of(features, [(name, "", "", "") for name in "aabbcc"])
        >>> calibration = calibrate([people], ["made"], rates=[0.5]).calibration
        >>> calibration.different, calibration.same["unknown"], round(calibration.at(0.5).similarity.value, 3)
        (12, 3, 0.6)
    """
    counts = count_pairs(sets)
    different = int(counts[0].sum())
    chosen = _rates(rates, different)
    above = _from_above(counts)
    # The pair that is one too many is in the highest bin that has it and all before it, at or above.
    allowed = [_allowed(rate, different) for rate in chosen]
    bins = [int(np.flatnonzero(above[0] > count)[-1]) for count in allowed]
    steps = count_steps(sets, sorted(set(bins)))
    spread = bootstrap(sets, chosen)
    totals = counts.sum(axis=1)
    thresholds = []
    for place, (rate, count, inside) in enumerate(zip(chosen, allowed, bins, strict=True)):
        fine = _from_above(steps[inside]) + above[:, inside + 1 : inside + 2]
        last = int(np.flatnonzero(fine[0] > count)[-1])
        at = fine[:, last + 1] if last + 1 < fine.shape[1] else above[:, inside + 1]
        value = of_step((inside << LOW) + last + 1)
        found = {
            clothes: _estimate(at[kind] / totals[kind], spread.found[kind - 1, place], 0, 1)
            for kind, clothes in enumerate(CLOTHES, start=1)
            if totals[kind]
        }
        thresholds.append(Threshold(rate, _estimate(value, spread.similarity[place], -1, 1), int(at[0]), found))
    calibration = Calibration(
        data=tuple(names),
        of=of,
        images=sum(map(len, sets)),
        people=sum(len(np.unique(images.identities)) for images in sets),
        different=different,
        same={clothes: int(totals[kind]) for kind, clothes in enumerate(CLOTHES, start=1) if totals[kind]},
        thresholds=tuple(thresholds),
    )
    return Measured(calibration, counts)


def curve(counts: Counts) -> Curve:
    """Return what thresholds do, at some hundred of the edges of bins; each of these values is exact."""
    above = _from_above(counts)
    totals = counts.sum(axis=1)
    share = above[0] / totals[0]
    # Evenly over the logarithm of the false-match rate, where thresholds are chosen, and over the rate itself.
    wanted = np.concatenate([np.geomspace(1 / totals[0], 1, _POINTS), np.linspace(0, 1, _POINTS // 4)])
    edges = BINS - np.searchsorted(share[::-1], np.unique(wanted), side="right")
    edges = np.unique(np.append(edges, BINS - np.searchsorted(above[1:].sum(axis=0)[::-1], 0, side="right")))
    edges = np.unique(np.clip(edges, 0, BINS))[::-1]
    found = {
        clothes: above[kind, edges] / totals[kind] for kind, clothes in enumerate(CLOTHES, start=1) if totals[kind]
    }
    return Curve(np.array([of_step(int(edge) << LOW) for edge in edges]), share[edges], found)


def quantile(counts: NDArray[np.int64], share: float) -> float:
    """Return the similarity below which a share of a kind's pairs is, to half a bin, 2^-16.

    Args:
        counts: Of one kind, (BINS,).
        share: 0..1.
    """
    place = int(np.searchsorted(np.cumsum(counts), share * counts.sum(), side="left"))
    return min(of_step((place << LOW) + (1 << LOW - 1)), of_step(2 * STEPS))


def _from_above(counts: Counts) -> Counts:
    """Return how many pairs are in each bin or above it, and 0 above the last; (kinds, bins + 1)."""
    sums = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([sums, np.zeros((len(KINDS), 1), dtype=np.int64)], axis=1)


def _rates(rates: Sequence[float] | None, different: int) -> list[float]:
    if rates is None:
        possible = [rate for rate in RATES if _allowed(rate, different)]
        if not possible:
            raise BadValueError(f"there are only {different} pairs of different people: give more images")
        return possible
    for rate in rates:
        if not 0 < rate < 1:
            raise BadValueError(f"the false-match rate is {rate:g}, expected a share between 0 and 1 such as 0.01")
        if not _allowed(rate, different):
            raise BadValueError(
                f"a false-match rate of {rate:g} cannot be measured on {different} pairs of different people: it needs "
                f"{round(1 / rate)} or more"
            )
    return sorted(set(rates), reverse=True)


def _allowed(rate: float, different: int) -> int:
    # 29 of 100 at a rate of 0.29, whose product is a little less.
    return int(rate * different + 1e-9)


def _estimate(value: float, deviations: NDArray[np.float64], least: float, most: float) -> Estimate:
    low, high = (float(np.clip(value + deviation, least, most)) for deviation in deviations)
    return Estimate(float(value), min(low, float(value)), max(high, float(value)))
