"""How plausible a part map is as a map of one person, and why it is doubted; no image and no network is asked.

The ranges below are those of exact maps: each rule's "fine" holds of 98 in 100 of the maps of rendered people, and of
those drawn by hand on 691 street photos. What a parser gets wrong rarely breaks one rule badly and often several a
little, above all the number of pieces: shadows become trousers and walls become hair in specks.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.datasets.part_maps import PartMapError
from ccreid.parsing.pieces import piece_sizes
from ccreid.parts import NUM_PARTS, Part

DOUBTFUL: Final = 0.5
"""A map whose plausibility is below is doubtful."""

# The map is looked at in this many rows and columns, whatever its size.
_ROWS: Final = 64
_COLUMNS: Final = 32

# What is left of the plausibility by one rule that is broken as badly as can be.
_LEAST: Final = 0.1

# Where a part of a smaller share of the person lies says nothing.
_SPECK: Final = 0.01

# Of a person's height, by which the middle of the upper part lies above the middle of the lower: bad, fine.
_ORDER: Final = {
    (Part.HEAD, Part.UPPER_CLOTHES): (0.0, 0.13),
    (Part.UPPER_CLOTHES, Part.PANTS): (-0.15, 0.02),
    (Part.PANTS, Part.LEGS): (-0.05, 0.08),
    (Part.UPPER_CLOTHES, Part.LEGS): (0.0, 0.28),
}


@dataclass(frozen=True)
class Judgement:
    """What is made of a part map.

    Attributes:
        plausibility: 0..1; 1 where nothing is doubted, 0 where there is no person.
        doubts: What is doubted, the worst first, such as "no head" or "parts in 24 pieces".
    """

    plausibility: float
    doubts: tuple[str, ...]

    @property
    def doubtful(self) -> bool:
        """Whether the plausibility is below `DOUBTFUL`."""
        return self.plausibility < DOUBTFUL


def plausibility(parts: NDArray[np.uint8]) -> float:
    """Return how plausible a part map is, 0..1; see `judge`.

    Args:
        parts: uint8 (H, W), values 0..5.

    Raises:
        PartMapError: The map has another shape, or a value is no part.
    """
    return judge(parts).plausibility


def judge(parts: NDArray[np.uint8]) -> Judgement:
    """Judge a part map by what every map of one person has, in under a millisecond whatever its size.

    Each of these rules gives a number that is 1 in its fine range and falls to 0.1 as it is left, and the plausibility
    is their product:

    - The person covers a plausible share of the image.
    - There is a head, upper clothes, and pants or legs, each a plausible share of the person, and not too much arm.
    - The parts are in order from top to bottom: head, upper clothes, pants, legs, by the mean row of each.
    - The head is above the upper clothes, not beside them.
    - The person is in one piece, and so is, more or less, each part: eleven pieces in all are fine.

    Args:
        parts: uint8 (H, W), values 0..5.

    Raises:
        PartMapError: The map has another shape, or a value is no part.

    Example:
        >>> parts = np.zeros((256, 128), np.uint8)
        >>> parts[20:60, 50:78], parts[60:140, 40:88], parts[140:240, 44:84] = Part.HEAD, Part.UPPER_CLOTHES, Part.PANTS
        >>> judge(parts)
        Judgement(plausibility=1.0, doubts=())
        >>> judge(parts[::-1]).doubts
        ('upper clothes above the head', 'pants above the upper clothes')
    """
    if parts.ndim != 2 or not parts.size or parts.max() >= NUM_PARTS:
        raise PartMapError(
            f"a part map is an array of shape {parts.shape} with values up to {parts.max(initial=0)}, expected "
            f"(height, width) and values 0..{NUM_PARTS - 1}: judge one map at a time"
        )
    grid = parts[np.ix_(_middles(_ROWS, parts.shape[0]), _middles(_COLUMNS, parts.shape[1]))]
    counts = np.bincount(grid.ravel(), minlength=NUM_PARTS)
    person = int(counts[1:].sum())
    if not person:
        return Judgement(0.0, ("no person",))
    verdicts = [*_sizes(counts, person), *_places(grid, counts, parts.shape[1] / parts.shape[0]), *_pieces(grid)]
    doubted = sorted((verdict for verdict in verdicts if verdict[0] < 1), key=lambda verdict: verdict[0])
    value = math.prod(float(factor) for factor, _ in verdicts)
    return Judgement(value, tuple(doubt for _, doubt in doubted))


_Verdict = tuple[float, str]
"""What a rule gives, 0.1..1, and what it doubts where that is below 1."""


def _sizes(counts: NDArray[np.intp], person: int) -> list[_Verdict]:
    share = {part: float(counts[part]) / person for part in Part}
    lower = share[Part.PANTS] + share[Part.LEGS]
    covered = person / float(counts.sum())
    return [
        (_within(covered, (0.02, 0.12), (0.65, 0.90)), f"person covers {covered:.0%}"),
        (_within(share[Part.HEAD], (0.0, 0.04), (0.21, 0.40)), _size("head", share[Part.HEAD])),
        (
            _within(share[Part.UPPER_CLOTHES], (0.0, 0.12), (0.90, 1.0)),
            _size("upper clothes", share[Part.UPPER_CLOTHES]),
        ),
        (_within(lower, (0.0, 0.02), (0.75, 0.95)), _size("pants and legs", lower)),
        (_ramp(share[Part.ARMS], 0.50, 0.20), _size("arms", share[Part.ARMS])),
    ]


def _within(share: float, least: tuple[float, float], most: tuple[float, float]) -> float:
    """Judge a share that may be too small and too large; `least` is (bad, fine), `most` (fine, bad)."""
    return min(_ramp(share, *least), _ramp(share, *reversed(most)))


def _size(what: str, share: float) -> str:
    return f"no {what}" if share < 0.002 else f"{what} {share:.0%} of the person"


def _places(grid: NDArray[np.uint8], counts: NDArray[np.int64], aspect: float) -> list[_Verdict]:
    """Judge where the parts are; `aspect` is the image's width by its height."""
    rows, columns = np.ogrid[:_ROWS, :_COLUMNS]
    filled = np.flatnonzero(grid.any(axis=1))
    height = float(filled[-1] - filled[0] + 1)
    row, column = _means(grid, rows, counts), _means(grid, columns, counts)
    verdicts = [
        (_ramp((row[lower] - row[upper]) / height, bad, fine), f"{_name(lower)} above the {_name(upper)}")
        for (upper, lower), (bad, fine) in _ORDER.items()
        if min(counts[upper], counts[lower]) >= _SPECK * counts[1:].sum()
    ]
    if min(counts[Part.HEAD], counts[Part.UPPER_CLOTHES]) >= _SPECK * counts[1:].sum():
        beside = abs(column[Part.HEAD] - column[Part.UPPER_CLOTHES]) / _COLUMNS * aspect / (height / _ROWS)
        verdicts.append((_ramp(beside, 0.30, 0.09), "head beside the body"))
    return verdicts


def _means(grid: NDArray[np.uint8], places: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the mean place of each part's pixels, (6,); 0 for a part without any."""
    sums = np.bincount(grid.ravel(), np.broadcast_to(places, grid.shape).ravel(), NUM_PARTS)
    means: NDArray[np.float64] = sums / np.maximum(counts, 1)
    return means


def _pieces(grid: NDArray[np.uint8]) -> list[_Verdict]:
    bodies = piece_sizes((grid > 0).astype(np.uint8))
    scattered = piece_sizes(grid)
    main = max(bodies) / sum(bodies)
    return [
        (_ramp(main, 0.3, 0.9), f"person in {len(bodies)} pieces"),
        (_ramp(len(scattered), 30, 11), f"parts in {len(scattered)} pieces"),
    ]


def _middles(count: int, length: int) -> NDArray[np.intp]:
    """Return the pixels in the middle of `count` equal stretches of `length` pixels."""
    return ((2 * np.arange(count) + 1) * length) // (2 * count)


def _ramp(value: float, bad: float, fine: float) -> float:
    """Return 1 from `fine` on, `_LEAST` up to `bad`, and what lies on the line between."""
    return _LEAST + (1 - _LEAST) * min(max((value - bad) / (fine - bad), 0.0), 1.0)


def _name(part: Part) -> str:
    return part.name.lower().replace("_", " ")
