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
    numbers = outfit_numbers(records, "which outfit is worn: choose a data set with outfits, or set data.labels people")
    return [replace(record, identity=numbers[record.identity, record.clothes]) for record in records]


def outfit_numbers(records: Sequence[ImageRecord], unsaid: str) -> dict[tuple[int, int | str | None], int]:
    """Number the outfits of all people, by person and outfit, in the order in which they first occur.

    Args:
        records: Training images.
        unsaid: What images of unknown outfit do not say, and what to do about it: the end of the error's sentence.

    Raises:
        DataSetError: An image's outfit is not known.
    """
    unknown = [record for record in records if record.clothes is None]
    if unknown:
        raise DataSetError(
            f"{len(unknown):,} of {len(records):,} training images, such as {unknown[0].image}, do not say {unsaid}"
        )
    numbers: dict[tuple[int, int | str | None], int] = {}
    for record in records:
        numbers.setdefault((record.identity, record.clothes), len(numbers))
    return numbers
