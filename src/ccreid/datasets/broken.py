"""Finds broken images and part maps before a training run does, and refuses them."""

from collections.abc import Sequence
from typing import Final

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.images import read_pair
from ccreid.datasets.pack import Pack
from ccreid.datasets.part_maps import PartMapError
from ccreid.datasets.record import ImageRecord, Skipped
from ccreid.errors import CcreidError
from ccreid.prefetch import prefetch
from ccreid.progress import LONG, show_progress

# Decoding a JPEG to a small picture reads the whole file all the same.
_HEIGHT, _WIDTH = 64, 32
_AHEAD: Final = 64

# Files that the error names; of more it says how many.
_NAMED: Final = 10


class UnreadableError(CcreidError, ValueError):
    """Images or part maps cannot be used; the message names them all, or the first ten, and says why."""


def require_readable(records: Sequence[ImageRecord], pack: Pack | None = None) -> None:
    """Refuse broken images and part maps, all at once, before hours are spent on the others.

    A progress bar or lines are shown where there are many; 13,000 crops take some seconds.

    Args:
        records: All that will be read, with the part maps that will be.
        pack: Images that are in it and have not changed since are not decoded.

    Raises:
        UnreadableError: Some cannot be read, or a part map does not fit its image.
    """
    loose = records
    if pack is not None:
        loose = [record for record, packed in zip(records, pack.holds(records), strict=True) if not packed]
    faults = find_broken(loose)
    if not faults:
        return
    more = f"; and {len(faults) - _NAMED:,} more, which `ccreid check` lists" if len(faults) > _NAMED else ""
    raise UnreadableError(
        f"{len(faults):,} of {len(records):,} images or their part maps cannot be used: "
        f"{'; '.join(fault.reason for fault in faults[:_NAMED])}{more}"
    )


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
