"""Dividing people into training and test people, and setting training people aside to pick an epoch."""

import hashlib
from collections.abc import Collection, Sequence

import numpy as np

from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError


def choose_test_people(names: Collection[str], share: float) -> set[str]:
    """Choose the test people of a data set that does not say who is one.

    The choice is by a hash of the names, the same for every seed, recipe and machine. Adding people hardly moves
    others from one side to the other.

    Args:
        names: Of all people.
        share: Of them to choose, 0..1; at least one is chosen and at least one is not.

    Raises:
        BadValueError: The share is out of its range, or there are fewer than two identities.
    """
    if not 0 <= share <= 1:
        raise BadValueError(f"the share of test people is {share}, expected a number from 0 to 1")
    if len(names) < 2:
        raise BadValueError(f"{len(names)} identity cannot be divided into training and test people: add people")
    order = sorted(set(names), key=lambda name: hashlib.sha256(name.encode()).digest())
    return set(order[: min(max(1, round(share * len(order))), len(order) - 1)])


def split_identities(
    records: Sequence[ImageRecord], share: float, seed: int
) -> tuple[list[ImageRecord], list[ImageRecord]]:
    """Split records by identity: all images of a person go to one side.

    Args:
        records: Training images.
        share: Of the identities to hold out, 0..1; at least one is held out and at least one is kept.
        seed: Of the draw.

    Returns:
        The records to learn from, and the held-out ones.

    Raises:
        ValueError: The share is out of its range, or there are fewer than two identities.
    """
    if not 0 <= share <= 1:
        raise BadValueError(f"the share of held-out identities is {share}, expected a number from 0 to 1")
    identities = np.array(sorted({record.identity for record in records}))
    if len(identities) < 2:
        raise BadValueError(
            f"{len(identities)} identity cannot be split into learned and held-out ones: hold none out, or add people"
        )
    count = min(max(1, round(share * len(identities))), len(identities) - 1)
    held_out = set(np.random.default_rng(seed).permutation(identities)[:count].tolist())
    return (
        [record for record in records if record.identity not in held_out],
        [record for record in records if record.identity in held_out],
    )
