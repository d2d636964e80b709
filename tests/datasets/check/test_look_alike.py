import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ccreid.datasets.check.look_alike import find_look_alikes


def _flip(row: NDArray[np.uint8], bits: list[int]) -> NDArray[np.uint8]:
    flipped = np.unpackbits(row)
    flipped[bits] ^= 1
    return np.packbits(flipped)


def _look_alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Compare bit by bit, as the rule is said."""
    differ = (np.unpackbits(one) != np.unpackbits(other)).reshape(16, 16)
    return differ.sum() <= 60 and differ[:8, :8].sum() <= 11


def _all_pairs(hashes: NDArray[np.uint8], labels: NDArray[np.int64]) -> tuple[list[list[int]], int]:
    """Find the groups and the images that look like another of their label by comparing every pair."""
    pairs = [pair for pair in itertools.combinations(range(len(hashes)), 2) if _look_alike(*hashes[list(pair)])]
    groups = {index: {index} for index in range(len(hashes))}
    for one, other in pairs:
        if labels[one] != labels[other]:
            joined = groups[one] | groups[other]
            groups.update(dict.fromkeys(joined, joined))
    same = {index for pair in pairs if labels[pair[0]] == labels[pair[1]] for index in pair}
    return sorted({tuple(sorted(group)) for group in groups.values() if len(group) > 1}), len(same)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_the_bands_find_what_comparing_all_pairs_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    some = rng.integers(0, 256, (6, 32), dtype=np.uint8)
    # Hashes around the few, from one bit away to farther than what looks alike, no two of them equal.
    hashes = np.array(
        [_flip(some[rng.integers(6)], rng.permutation(256)[: rng.integers(1, 50)].tolist()) for _ in range(30)]
    )
    labels = rng.integers(0, 4, 30)
    found = find_look_alikes(hashes, labels)
    groups, same = _all_pairs(hashes, labels)
    assert [tuple(group) for group in found.groups] == groups
    assert found.same == same


def test_both_limits_hold_exactly() -> None:
    row = np.zeros(32, dtype=np.uint8)
    coarse = [16 * line + column for line in range(8) for column in range(8)]
    fine = [bit for bit in range(256) if bit not in coarse]
    labels = np.array([0, 1])
    for in_coarse, in_fine, alike in ((11, 49, True), (12, 0, False), (11, 50, False), (0, 60, True), (0, 61, False)):
        # Spread over all four parts of the coarse bits, so that none of them is equal.
        other = _flip(row, coarse[::5][:in_coarse] + fine[:in_fine])
        assert bool(find_look_alikes(np.array([row, other]), labels).groups) == alike


def test_copies_of_one_hash_are_one_group_with_what_looks_like_them() -> None:
    row = np.random.default_rng(0).integers(0, 256, 32, dtype=np.uint8)
    hashes = np.array([row, row, row, _flip(row, [1, 200]), np.invert(row)])
    found = find_look_alikes(hashes, np.array([0, 0, 0, 1, 2]))
    assert found.groups == [[0, 1, 2, 3]]
    assert found.same == 3


def test_copies_of_one_label_are_counted_only() -> None:
    found = find_look_alikes(np.zeros((5, 32), dtype=np.uint8), np.zeros(5, dtype=np.int64))
    assert (found.groups, found.same) == ([], 5)


def test_no_images_are_no_look_alikes() -> None:
    assert find_look_alikes(np.zeros((0, 32), dtype=np.uint8), np.zeros(0, dtype=np.int64)).groups == []
