"""What the reader of a data set left out, as findings."""

from collections.abc import Sequence

from ccreid.datasets.check.finding import Finding, Gravity, Item, counted
from ccreid.datasets.decoding import IMAGE_SUFFIXES
from ccreid.datasets.record import Skipped


def left_out_findings(skipped: Sequence[Skipped]) -> list[Finding]:
    """Return a finding for each reason; images and folders that were left out are doubtful, unless it is meant."""
    reasons: dict[tuple[str, Gravity], list[Skipped]] = {}
    for one in skipped:
        lost = not one.meant and (one.path.suffix.lower() in IMAGE_SUFFIXES or one.path.is_dir())
        reasons.setdefault((one.reason, Gravity.DOUBTFUL if lost else Gravity.TO_KNOW), []).append(one)
    return [
        Finding(
            "left out",
            gravity,
            f"{counted(len(some), 'file')} left out: {reason}",
            "nothing, if they are meant to be left out; see docs/datasets.md for how names and folders are read",
            [Item([one.path]) for one in some],
        )
        for (reason, gravity), some in reasons.items()
    ]
