"""What a model's similarity means: thresholds at false-match rates, measured on people whom it never saw."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, Self

from ccreid.errors import BadValueError, CcreidError

Clothes = Literal["across", "within", "unknown"]

CLOTHES: Final[tuple[Clothes, ...]] = ("across", "within", "unknown")
"""What the two images of a pair of one person wear: other clothes, the same, or nobody knows."""


class NotCalibratedError(CcreidError, ValueError):
    """A decision is asked of a model of which no threshold was measured; the message says how to measure one."""


@dataclass(frozen=True)
class Estimate:
    """A measured value with its 95 % interval, by a bootstrap over people.

    Attributes:
        value: As measured.
        low: Lower end of the interval.
        high: Upper end of it.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Threshold:
    """The similarity from which two images count as one person at a false-match rate.

    Attributes:
        fmr: False-match rate: the largest share of pairs of different people that may count as one person.
        similarity: Two images are the same person at this similarity and above.
        false_matches: Pairs of different people at it or above, of those that were measured.
        found: Share of the pairs of one person at it or above, by what the two images wear.
    """

    fmr: float
    similarity: Estimate
    false_matches: int
    found: Mapping[Clothes, Estimate]


@dataclass(frozen=True)
class Calibration:
    """Thresholds of a model, and what they were measured on.

    Attributes:
        data: Names of the data sets, or of the tables of features.
        of: What was compared: images, or tracks.
        images: How many images, or tracks.
        people: How many people are on them.
        different: Pairs of different people.
        same: Pairs of one person, by what the two images wear.
        thresholds: At falling false-match rates.
    """

    data: tuple[str, ...]
    of: str
    images: int
    people: int
    different: int
    same: Mapping[Clothes, int]
    thresholds: tuple[Threshold, ...] = field(default=())

    def at(self, fmr: float) -> Threshold:
        """Return the threshold at a false-match rate.

        Raises:
            BadValueError: It was not measured at that rate.
        """
        for threshold in self.thresholds:
            if math.isclose(threshold.fmr, fmr, rel_tol=1e-9):
                return threshold
        known = ", ".join(f"{threshold.fmr:g}" for threshold in self.thresholds)
        raise BadValueError(
            f"the false-match rate is {fmr:g}, and the model was measured at {known}: give one of these"
        )

    def tree(self) -> dict[str, Any]:
        """Return it as plain dictionaries and lists."""
        return asdict(self)

    @classmethod
    def from_tree(cls, tree: Mapping[str, Any]) -> Self:
        """Return what `tree` returned."""
        thresholds = tuple(
            Threshold(
                one["fmr"],
                Estimate(**one["similarity"]),
                one["false_matches"],
                {clothes: Estimate(**found) for clothes, found in one["found"].items()},
            )
            for one in tree["thresholds"]
        )
        return cls(**{**tree, "data": tuple(tree["data"]), "thresholds": thresholds})


@dataclass(frozen=True)
class Decision:
    """Whether two images show one person; true where they do.

    Attributes:
        similarity: Cosine similarity of the two.
        threshold: What it had to be.
        fmr: The false-match rate that the threshold is of.
        same: Whether it is that.

    Example:
        >>> print(Decision(similarity=0.81, threshold=0.75, fmr=0.01, same=True))
        similarity 0.810, the same person at a false-match rate of 1 % (from 0.750)
    """

    similarity: float
    threshold: float
    fmr: float
    same: bool

    def __bool__(self) -> bool:
        return self.same

    def __str__(self) -> str:
        verdict = "the same person" if self.same else "not the same person"
        rate = percent(self.fmr)
        return (
            f"similarity {self.similarity:.3f}, {verdict} at a false-match rate of {rate} (from {self.threshold:.3f})"
        )


def percent(rate: float) -> str:
    """Return a rate in per cent.

    >>> percent(0.001)
    '0.1 %'
    """
    return f"{100 * rate:g} %"
