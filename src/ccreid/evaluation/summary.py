"""Result rows of several seeds as mean and spread."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ccreid.evaluation.results import ResultRow


@dataclass(frozen=True)
class MeanSpread:
    """A mean over seeds with its sample standard deviation, NaN for a single seed."""

    mean: float
    deviation: float
    count: int

    def percent(self) -> str:
        """Return the value in per cent, such as "61.2 ± 1.4", or "61.2" for a single seed."""
        if self.count == 1:
            return f"{100 * self.mean:.1f}"
        return f"{100 * self.mean:.1f} ± {100 * self.deviation:.1f}"


def mean_spread(values: Sequence[float]) -> MeanSpread:
    """Return the mean and the sample standard deviation (n - 1) of the values.

    Raises:
        ValueError: There is no value.
    """
    if not values:
        raise ValueError("a mean needs at least one value")
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return MeanSpread(mean, math.nan, 1)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return MeanSpread(mean, deviation, len(values))


def over_seeds(rows: Sequence[ResultRow], recipe: str, setting: str, protocol: str, metric: str) -> MeanSpread:
    """Return one metric of one recipe, setting and protocol over all its seeds.

    Args:
        rows: Result rows of any recipes.
        recipe: A recipe's name.
        setting: cross, same or standard.
        protocol: all-gallery or single-shot.
        metric: R1, R5, R10, mAP or mINP.

    Raises:
        ValueError: No row fits.
    """
    fitting = [
        float(getattr(row, metric))
        for row in rows
        if (row.recipe, row.setting, row.protocol) == (recipe, setting, protocol)
    ]
    if not fitting:
        raise ValueError(f"there is no result of {recipe!r} for setting {setting!r} and protocol {protocol!r}")
    return mean_spread(fitting)
