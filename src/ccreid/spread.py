"""Picking some of many without looking at what they are: evenly spread, so that nobody chooses."""

import math
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def spread_evenly(items: Sequence[Item], count: int) -> list[Item]:
    """Return `count` items, or all if there are no more, spread evenly over their order."""
    count = min(count, len(items))
    return [items[math.floor((index + 0.5) * len(items) / count)] for index in range(count)]
