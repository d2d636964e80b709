"""How Milvus indexes a gallery: which index for how many entries, its parameters, and what a search asks of it."""

import math
from typing import Any, Final, NamedTuple

from ccreid.errors import BadValueError, nearest

METRIC: Final = "IP"
"""The inner product: features are of length 1, so that it is the cosine similarity."""

# Up to so many entries every one is compared, exactly.
EXACT: Final = 200_000
# Up to so many the graph of HNSW fits in one machine's memory: some 2.3 kB an entry at 512 numbers.
GRAPH: Final = 20_000_000

INDEXES: Final = ("flat", "hnsw", "ivf_flat")


class Index(NamedTuple):
    """An index of Milvus.

    Attributes:
        kind: In Milvus' words.
        build: Its parameters.
        search: What a search asks of it.
    """

    kind: str
    build: dict[str, Any]
    search: dict[str, Any]


def index_for(entries: int, name: str = "auto") -> Index:
    """Return the index for a gallery of so many entries.

    Args:
        entries: How many there are, or will be.
        name: flat, hnsw, ivf_flat; auto takes flat up to 200,000 entries, which is exact, HNSW up to 20 million and
            IVF_FLAT above.

    Raises:
        BadValueError: There is no such index.

    Example:
        >>> index_for(1000).kind, index_for(1_000_000).kind, index_for(10**8).build
        ('FLAT', 'HNSW', {'nlist': 40000})
    """
    if name == "auto":
        name = "flat" if entries <= EXACT else "hnsw" if entries <= GRAPH else "ivf_flat"
    if name == "flat":
        return Index("FLAT", {}, {})
    if name == "hnsw":
        return Index("HNSW", {"M": 32, "efConstruction": 200}, {"ef": 256})
    if name == "ivf_flat":
        lists = max(1, min(65_536, 4 * math.isqrt(entries)))
        return Index("IVF_FLAT", {"nlist": lists}, {"nprobe": max(1, lists // 64)})
    raise BadValueError(f"there is no index {name!r}: {nearest(name, ('auto', *INDEXES))}")


def search_parameters(index: Index, count: int) -> dict[str, Any]:
    """Return what a search for so many entries asks of an index; HNSW looks at no fewer than it is to find.

    Args:
        index: The index that the gallery has.
        count: Entries that are looked for.
    """
    asked = dict(index.search)
    if "ef" in asked:
        asked["ef"] = max(asked["ef"], 2 * count)
    return asked
