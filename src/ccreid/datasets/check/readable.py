"""The images and part maps that a run will read, decoded once before its first step."""

from collections.abc import Sequence
from typing import Final

from ccreid.datasets.broken import find_broken
from ccreid.datasets.pack import Pack
from ccreid.datasets.record import ImageRecord
from ccreid.errors import CcreidError

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
