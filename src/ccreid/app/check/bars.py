"""Counts of images, people, cameras and outfits as bars, those of training and of test images side by side."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ccreid.datasets.record import ImageRecord

# Cameras that have a bar each; a data set of more is a city's.
_CAMERAS: Final = 40

# Up to this largest number, each number has a bar of its own.
_SINGLE: Final = 12


@dataclass(frozen=True)
class Bar:
    """A bar of two parts.

    Attributes:
        label: What is counted.
        train: In training.
        test: In test.
    """

    label: str
    train: int
    test: int


@dataclass(frozen=True)
class BarPlot:
    """Bars below each other.

    Attributes:
        title: What the bars are.
        unit: What they count.
        bars: From top to bottom.
        note: Below them; may be empty.
    """

    title: str
    unit: str
    bars: Sequence[Bar]
    note: str = ""

    @property
    def longest(self) -> int:
        """The length of the longest bar, at least 1."""
        return max([1, *(bar.train + bar.test for bar in self.bars)])


def bar_plots(train: Sequence[ImageRecord], test: Sequence[ImageRecord]) -> list[BarPlot]:
    """Return the plots of a data set; of cameras and outfits where they are known of any image.

    Args:
        train: Training images.
        test: Test images.
    """
    plots = [_spread("Images of a person", train, test, lambda record: record.image)]
    if any(record.camera for record in (*train, *test)):
        plots.append(_cameras(train, test))
        seen, seen_in_test = ([record for record in side if record.camera] for side in (train, test))
        plots.append(_spread("Cameras that saw a person", seen, seen_in_test, lambda record: record.camera))
    dressed, dressed_in_test = ([record for record in side if record.clothes is not None] for side in (train, test))
    if dressed or dressed_in_test:
        plots += [
            _spread("Outfits of a person", dressed, dressed_in_test, lambda record: record.clothes),
            _spread("Images of an outfit", dressed, dressed_in_test, lambda record: record.image, by_outfit=True),
        ]
    return plots


def _cameras(train: Iterable[ImageRecord], test: Iterable[ImageRecord]) -> BarPlot:
    learned, tested = (Counter(record.camera or "not known" for record in side) for side in (train, test))
    names = sorted(learned | tested, key=lambda name: (len(name), name))
    bars = [Bar(name, learned[name], tested[name]) for name in names[:_CAMERAS]]
    more = len(names) - len(bars)
    return BarPlot("Images of a camera", "images", bars, f"and {more:,} cameras more" if more else "")


def _spread(
    title: str,
    train: Iterable[ImageRecord],
    test: Iterable[ImageRecord],
    what: Callable[[ImageRecord], Hashable],
    *,
    by_outfit: bool = False,
) -> BarPlot:
    """Count people, or their outfits, by how many different things each has; many numbers share a bar."""
    learned, tested = (_numbers(side, what, by_outfit) for side in (train, test))
    least, most = min([*learned, *tested], default=1), max([*learned, *tested], default=0)
    bars = [
        Bar(
            f"{low:,}" if low == high else f"{low:,} to {high:,}",
            sum(low <= number <= high for number in learned),
            sum(low <= number <= high for number in tested),
        )
        for low, high in _steps(most)
        if high >= least
    ]
    return BarPlot(title, "outfits" if by_outfit else "people", bars)


def _numbers(records: Iterable[ImageRecord], what: Callable[[ImageRecord], Hashable], by_outfit: bool) -> list[int]:
    had: dict[Hashable, set[Hashable]] = {}
    for record in records:
        whose = (record.identity, record.clothes) if by_outfit else record.identity
        had.setdefault(whose, set()).add(what(record))
    return [len(different) for different in had.values()]


def _steps(most: int) -> list[tuple[int, int]]:
    """Return the first and last number of each bar.

    >>> _steps(3)
    [(1, 1), (2, 2), (3, 3)]
    >>> _steps(20)
    [(1, 1), (2, 2), (3, 4), (5, 8), (9, 16), (17, 32)]
    """
    if most <= _SINGLE:
        return [(number, number) for number in range(1, most + 1)]
    return [(1, 1), *((2 ** (step - 1) + 1, 2**step) for step in range(1, (most - 1).bit_length() + 1))]
