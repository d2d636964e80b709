"""Setting training identities aside, so that a model can be picked without the test set."""

from collections.abc import Sequence

import numpy as np

from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError


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
