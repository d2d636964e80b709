"""Where a gallery's features are: a Parquet table, Milvus Lite's folder or a Milvus server, behind one protocol."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import BadValueError
from ccreid.retrieval.entry import Entry, Hit, Rows
from ccreid.retrieval.feature_mark import FeatureMark
from ccreid.retrieval.filters import Filters


class Store(Protocol):
    """Features of images that can be added, searched and removed; made when the first are added."""

    uri: str
    """Where it is, as the user said it."""

    def mark(self) -> FeatureMark | None:
        """Return which model its features are of; None where there is no gallery yet."""

    def count(self) -> int:
        """Return how many entries it has."""

    def upsert(self, pieces: Iterable[Rows], mark: FeatureMark, expected: int) -> None:
        """Add entries, in place of those with the same ids.

        Args:
            pieces: What is added.
            mark: Of the features; the same model as those that are there.
            expected: How many are added, which decides how a new gallery is indexed.
        """

    def search(self, queries: NDArray[np.float32], count: int, filters: Filters) -> list[list[Hit]]:
        """Return the entries most similar to each query that pass the filters, the most similar first.

        Args:
            queries: (Q, D) of length 1.
            count: How many of each query, at most.
            filters: What they must be.
        """

    def entries(self, filters: Filters, most: int | None = None) -> list[Entry]:
        """Return the entries that pass the filters, all or those that are quickest to come by.

        Args:
            filters: What they must be.
            most: How many at most, up to 16,384; all where it is left out.
        """

    def known(self, ids: Sequence[str]) -> dict[str, Entry]:
        """Return those of these entries that are there, by id."""

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the features (N, D) of entries that are there, in the ids' order, of length 1."""

    def delete(self, ids: Sequence[str]) -> None:
        """Remove entries for good: afterwards their features are in none of the gallery's files."""

    def close(self) -> None:
        """Let go of it, so that another process can have it."""


def open_store(uri: str | Path, token: str = "", collection: str = "people", index: str = "auto") -> Store:
    """Return the store that an address means; nothing is made or read yet.

    Args:
        uri: A table (features.parquet), a folder of Milvus Lite (gallery.db) or a server (http://host:19530).
        token: For a server, such as "user:password".
        collection: Name of the collection in Milvus.
        index: Of Milvus: flat, hnsw, ivf_flat, or auto for the one that the number of entries asks for.

    Raises:
        BadValueError: The address is of none of these kinds, or a token is given for a file.
        MissingExtraError: pymilvus or pyarrow is not installed.
    """
    from ccreid.retrieval.milvus_store import MilvusStore
    from ccreid.retrieval.parquet_store import ParquetStore

    text = str(uri)
    server = text.startswith(("http://", "https://", "tcp://"))
    if token and not server:
        raise BadValueError(f"a token is for a server, and {text} is a file: leave it out")
    if text.lower().endswith(".parquet"):
        return ParquetStore(Path(text))
    if server or text.lower().endswith(".db"):
        return MilvusStore(text, token, collection, index)
    raise BadValueError(
        f"the gallery {text!r} is of no known kind: give a table features.parquet, a Milvus Lite file gallery.db or a "
        "server http://host:19530"
    )
