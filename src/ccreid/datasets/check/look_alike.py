"""Which images look alike, by their perceptual hashes: found by parts that nearly agree, not by comparing all pairs."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ccreid.datasets.check.look import HASH_SIDE

# Two images look alike where at most _FAR of the 256 bits differ, and at most _FAR_COARSE of the 64 of the coarsest
# structure. Measured on Market-1501: of the 89 million pairs of two people, among 13,362 crops, none is so near; the
# nearest has 62 bits, and 183 have 76 or fewer. Of 1,028 of these crops and 409 photos of 550x830, changed on purpose,
# are found: as JPEG of quality 30, at half or double size, brightened by 0.7 or 1.2, of contrast 1.3, or grey, all (24
# bits at most); cropped by 2 % at every side 99.6 and 100 %, and no fewer if also brightened, shrunk and encoded again;
# by 3 % at two sides 89 and 95 %; by 4 % at every side 7 and 38 %. The usual hash of 64 bits does not tell these apart:
# at the 10 bits that a crop of 2 % needs, 340 pairs of two people agree.
_FAR: Final = 60
_FAR_COARSE: Final = 11

# The 64 coarse bits in four parts: where 11 of them differ, at least one part has no more than 11 // 4 = 2.
_BANDS: Final = 4
_FAR_IN_BAND: Final = _FAR_COARSE // _BANDS
_BAND_BITS: Final = 16

_PAIRS_AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, eq=False)
class LookAlikes:
    """What looks alike among N images.

    Attributes:
        groups: Groups that hold images of more than one label, as indices in rising order; each image looks like at
            least one other of its group.
        same: How many images look like another of their own label.
    """

    groups: list[list[int]]
    same: int


def find_look_alikes(hashes: NDArray[np.uint8], labels: NDArray[np.int64]) -> LookAlikes:
    """Find images of different labels that look alike, and count those of one label.

    Two images are compared where a sixteenth of their bits nearly agrees, which all that look alike do: some 2 % of all
    pairs of Market-1501. Images of one hash count as one, so that a thousand copies do not make half a million pairs.

    Args:
        hashes: Perceptual hashes, (N, 32).
        labels: (N,), such as a number for each person on each side.
    """
    if not len(hashes):
        return LookAlikes([], 0)
    distinct, which = np.unique(hashes, axis=0, return_inverse=True)
    which = which.reshape(-1)  # of another shape in numpy 2.0
    order = np.argsort(which, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(which))[:-1])
    label = np.array([labels[some[0]] for some in members])
    mixed = np.array([bool((labels[some] != labels[some[0]]).any()) for some in members])
    groups = _Groups(len(distinct))
    alike = np.array([len(some) > 1 for some in members]) & ~mixed
    for left, right in _near(distinct):
        differ = (label[left] != label[right]) | mixed[left] | mixed[right]
        alike[left[~differ]] = alike[right[~differ]] = True
        groups.join(left[differ], right[differ])
    found = [np.concatenate([members[one] for one in group]) for group in groups.of_several(mixed)]
    same = sum(len(members[one]) for one in np.flatnonzero(alike))
    return LookAlikes(sorted(np.sort(group).tolist() for group in found), same)


def _near(hashes: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield pairs of rows that look alike, each at least once, as two arrays of indices."""
    words = np.ascontiguousarray(hashes).view(np.uint64)
    bits = np.unpackbits(hashes, axis=1).reshape(len(hashes), HASH_SIDE, HASH_SIDE)
    corner = bits[:, : HASH_SIDE // 2, : HASH_SIDE // 2].reshape(len(hashes), _BANDS * _BAND_BITS)
    bands = np.packbits(corner, axis=1).view(np.uint16)
    coarse = np.ascontiguousarray(bands).view(np.uint64)[:, 0]
    for band in range(_BANDS):
        for left, right in _alike_in_band(bands[:, band].astype(np.int64)):
            near = np.bitwise_count(coarse[left] ^ coarse[right]) <= _FAR_COARSE
            left, right = left[near], right[near]
            near = np.bitwise_count(words[left] ^ words[right]).sum(axis=1) <= _FAR
            yield left[near], right[near]


def _alike_in_band(values: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield all pairs of 16-bit values that differ in at most `_FAR_IN_BAND` bits, as indices."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    ends = np.cumsum(np.bincount(values, minlength=1 << _BAND_BITS))
    places = np.arange(len(values))
    # Each value with those after it that are equal.
    yield from _pairs(order, places, places + 1, ends[ordered])
    for count in range(1, _FAR_IN_BAND + 1):
        for flipped in itertools.combinations(range(_BAND_BITS), count):
            others = ordered ^ sum(1 << bit for bit in flipped)
            first = np.flatnonzero(ordered < others)  # each pair once
            begins = np.where(others > 0, ends[others - 1], 0)
            yield from _pairs(order, first, begins[first], ends[others[first]])


def _pairs(
    order: NDArray[np.int64], places: NDArray[np.int64], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield each place paired with all from its begin to its end, a bounded number at once."""
    some = ends > begins
    places, begins, counts = places[some], begins[some], (ends - begins)[some]
    chunks = np.cumsum(counts) // _PAIRS_AT_ONCE
    for chunk in range(int(chunks[-1]) + 1 if len(chunks) else 0):
        within = slice(*np.searchsorted(chunks, (chunk, chunk + 1)))
        count = counts[within]
        offsets = np.cumsum(count) - count
        right = np.arange(count.sum()) + np.repeat(begins[within] - offsets, count)
        yield order[np.repeat(places[within], count)], order[right]


class _Groups:
    """Numbers that are joined into groups."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def join(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> None:
        for one, other in zip(left.tolist(), right.tolist(), strict=True):
            self._above[self._top(one)] = self._top(other)

    def of_several(self, alone: NDArray[np.bool_]) -> list[list[int]]:
        """Return the groups of two or more, and the numbers that are to be a group if they are alone."""
        groups: dict[int, list[int]] = {}
        for number in range(len(self._above)):
            groups.setdefault(self._top(number), []).append(number)
        return [group for group in groups.values() if len(group) > 1 or alone[group[0]]]

    def _top(self, number: int) -> int:
        while self._above[number] != number:
            self._above[number] = self._above[self._above[number]]
            number = self._above[number]
        return number
