"""Search as slowly and obviously as it can be done: every entry is looked at, and all are sorted."""

from collections.abc import Sequence

from ccreid.retrieval.entry import Entry, Rows
from ccreid.retrieval.filters import UNKNOWN, Filters, moment


def passes(entry: Entry, filters: Filters) -> bool:
    """Whether an entry is what is asked for."""
    taken = moment(entry.time)
    if (filters.since is not None or filters.until is not None) and taken == UNKNOWN:
        return False
    if filters.since is not None and taken < filters.since:
        return False
    if filters.until is not None and taken > filters.until:
        return False
    for names, value in (
        (filters.cameras, entry.camera),
        (filters.identities, entry.identity),
        (filters.paths, entry.path),
    ):
        if names and value not in names:
            return False
    return True


def search_plainly(rows: Rows, query: Sequence[float], count: int, filters: Filters) -> list[tuple[str, float]]:
    """Return the id and the similarity of the entries most like a query."""
    scored = [
        (entry.id, sum(float(one) * float(other) for one, other in zip(query, vector, strict=True)))
        for entry, vector in zip(rows.entries, rows.vectors, strict=True)
        if passes(entry, filters)
    ]
    return sorted(scored, key=lambda one: -one[1])[:count]
