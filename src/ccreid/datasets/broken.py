"""Finds broken images before a training run does."""

from collections.abc import Sequence
from typing import Final

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.images import read_pair
from ccreid.datasets.part_maps import PartMapError
from ccreid.datasets.record import ImageRecord, Skipped
from ccreid.prefetch import prefetch
from ccreid.progress import LONG, show_progress

# Decoding a JPEG to a small picture reads the whole file all the same.
_HEIGHT, _WIDTH = 64, 32
_AHEAD: Final = 64


def find_broken(records: Sequence[ImageRecord]) -> list[Skipped]:
    """Decode every image and part map; return those that are broken or differ in size, in the records' order."""
    broken = []
    with show_progress("checking", len(records), shown=len(records) > LONG) as advance:
        for fault in prefetch(_fault, records, _AHEAD):
            advance(1, 0)
            if fault is not None:
                broken.append(fault)
    return broken


def _fault(record: ImageRecord) -> Skipped | None:
    try:
        read_pair(record, _HEIGHT, _WIDTH)
    except ImageError as error:
        return Skipped(record.image, str(error))
    except PartMapError as error:
        return Skipped(record.parts or record.image, str(error))
    return None
