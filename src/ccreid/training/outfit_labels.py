"""Outfits in place of people as the classes of a training: for what shall tell clothes apart and not who wears them."""

from collections.abc import Sequence
from dataclasses import replace

from ccreid.datasets.record import DataSetError, ImageRecord


def outfits_as_identities(records: Sequence[ImageRecord]) -> list[ImageRecord]:
    """Return the records with the number of the outfit, each of one person, as their identity.

    Args:
        records: Training images.

    Raises:
        DataSetError: An image's outfit is not known.
    """
    unknown = [record for record in records if record.clothes is None]
    if unknown:
        raise DataSetError(
            f"{len(unknown):,} of {len(records):,} training images, such as {unknown[0].image}, do not say which "
            "outfit is worn: choose a data set with outfits, or set data.labels people"
        )
    numbers: dict[tuple[int, int | str | None], int] = {}
    return [
        replace(record, identity=numbers.setdefault((record.identity, record.clothes), len(numbers)))
        for record in records
    ]
