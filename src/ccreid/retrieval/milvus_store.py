"""A gallery in Milvus: embedded, as Milvus Lite's folder gallery.db, or a server or cluster, by the same calls."""

import contextlib
import importlib
import json
import logging
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ccreid.errors import CcreidError, MissingExtraError, MissingFileError
from ccreid.retrieval.entry import Entry, Hit, Rows, unit_length
from ccreid.retrieval.feature_mark import FeatureMark, require_same_model
from ccreid.retrieval.filters import UNKNOWN, Filters, moment
from ccreid.retrieval.milvus_index import METRIC, Index, index_for, search_parameters

_TEXTS: Final = {"id": 64, "path": 4096} | {
    field.name: 1024 for field in fields(Entry) if field.name not in {"id", "path"}
}
"""The columns of text, and their longest values in bytes."""

# Entries that are sent, or asked for by id, at a time; Milvus takes no more than 64 MB.
_SENT: Final = 1000

# Seconds in which a server must answer that it is there.
_PATIENCE: Final = 10


class GalleryError(CcreidError, RuntimeError):
    """Milvus cannot do what is asked; the message says what it answered."""


class MilvusStore:
    """A collection in Milvus as a gallery.

    Args:
        uri: A path that ends in .db, or a server's address.
        token: For a server.
        collection: Its name.
        index: flat, hnsw, ivf_flat or auto; see `index_for`.

    Raises:
        MissingExtraError: pymilvus or Milvus Lite is not installed.
        GalleryError: There is no server, or no gallery's folder.
    """

    def __init__(self, uri: str, token: str = "", collection: str = "people", index: str = "auto") -> None:
        self.uri = uri
        self._token = token
        self._name = collection
        self._wanted = index
        self._lite = "://" not in uri
        self._milvus = _pymilvus(self._lite)
        self._connection: Any = None

    def mark(self) -> FeatureMark | None:
        """Return the mark that stands in the collection's description or properties; None where there is no collection.

        Raises:
            FeatureMarkError: The collection is somebody else's.
        """
        if self._lite and not Path(self.uri).exists():
            return None
        with self._answers():
            if not self._client().has_collection(self._name):
                return None
            told = self._client().describe_collection(self._name)
        properties = told.get("properties") or {}
        with contextlib.suppress(ValueError, TypeError):  # a server keeps a description, Milvus Lite properties
            properties = properties | json.loads(told.get("description") or "{}")
        return FeatureMark.from_tree(properties, f"the collection {self._name!r} of {self.uri}")

    def count(self) -> int:
        """Return how many entries the collection has."""
        if self.mark() is None:
            return 0
        with self._answers():
            found = self._client().query(self._name, filter="", output_fields=["count(*)"], consistency_level="Strong")
        return int(found[0]["count(*)"])

    def upsert(self, pieces: Iterable[Rows], mark: FeatureMark, expected: int) -> None:
        """Add entries, in place of those with the same ids; the index is made anew where the number asks for another.

        Args:
            pieces: What is added, 1,000 entries at a time.
            mark: Of the features.
            expected: How many are added; with those that are there it decides the index.
        """
        there = self.mark()
        if there is None:
            if self._lite:
                _make_folder(Path(self.uri).absolute().parent)
            self._make(mark, index_for(expected, self._wanted))
        else:
            require_same_model(there, mark, f"the collection {self._name!r} of {self.uri}")
        for rows in pieces:
            vectors = unit_length(rows.vectors)
            for start in range(0, len(rows.entries), _SENT):
                part = slice(start, start + _SENT)
                sent = [
                    asdict(entry) | {"moment": moment(entry.time), "vector": vector}
                    for entry, vector in zip(rows.entries[part], vectors[part], strict=True)
                ]
                with self._answers():
                    self._client().upsert(self._name, sent)
        with self._answers():
            self._client().flush(self._name)
        wanted = index_for(self.count(), self._wanted)
        if wanted.kind != self._index().kind:
            self._index_anew(wanted)

    def search(self, queries: NDArray[np.float32], count: int, filters: Filters) -> list[list[Hit]]:
        """Return the most similar entries; filters run in Milvus.

        Args:
            queries: (Q, D) of length 1.
            count: How many of each query.
            filters: What they must be.

        Raises:
            MissingFileError: There is no such collection.
        """
        self._require()
        with self._answers():
            found = self._client().search(
                self._name,
                data=list(queries),
                limit=count,
                filter=_expression(filters),
                output_fields=list(_TEXTS),
                search_params={"metric_type": METRIC, "params": search_parameters(self._index(), count)},
                consistency_level="Strong",
            )
        return [
            [Hit(_entry(hit["entity"] | {"id": hit["id"]}), float(hit["distance"])) for hit in hits] for hits in found
        ]

    def entries(self, filters: Filters, most: int | None = None) -> list[Entry]:
        """Return the entries that pass: all, page by page, or some, by one call.

        Args:
            filters: What they must be.
            most: How many at most, up to Milvus' limit of 16,384; all where it is left out.
        """
        if self.mark() is None:
            return []
        if most is None:
            return [_entry(row) for rows in self._pages(_expression(filters), list(_TEXTS)) for row in rows]
        with self._answers():
            rows = self._client().query(
                self._name,
                filter=_expression(filters),
                output_fields=list(_TEXTS),
                limit=most,
                consistency_level="Strong",
            )
        return [_entry(row) for row in rows]

    def known(self, ids: Sequence[str]) -> dict[str, Entry]:
        """Return those of these entries that are there."""
        if self.mark() is None:
            return {}
        return {row["id"]: _entry(row) for row in self._of_ids(ids, list(_TEXTS))}

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the features of entries, of length 1."""
        found = {row["id"]: row["vector"] for row in self._of_ids(ids, ["id", "vector"])}
        return np.array([found[id] for id in ids], dtype=np.float32)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove entries; Milvus Lite's files are written anew without them, a server is asked to compact its own.

        Milvus itself marks entries as removed and keeps them in its files for some time.
        """
        if self.mark() is None:
            return
        for start in range(0, len(ids), _SENT):
            with self._answers():
                self._client().delete(self._name, filter=f"id in {_words(ids[start : start + _SENT])}")
        with self._answers():
            self._client().flush(self._name)
        if self._lite:
            self._write_anew()
        else:
            with self._answers():
                self._client().compact(self._name)

    def close(self) -> None:
        """End the connection; Milvus Lite's folder is another process's to open then."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lite:
            server = importlib.import_module("milvus_lite.server_manager")
            server.server_manager_instance.release_server(self.uri)

    def _client(self) -> Any:
        """Return the connection, made when it is first needed; a rewriting that was cut off is brought to its end."""
        if self._connection is None:
            if self._lite and Path(self.uri).is_file():
                raise GalleryError(
                    f"{self.uri} is a file, and Milvus Lite's galleries are folders: choose another path"
                )
            try:
                self._connection = self._milvus.MilvusClient(self.uri, token=self._token, timeout=_PATIENCE)
            except Exception as error:  # pymilvus' errors, and those of what is below it
                advice = "end the other process that uses it" if self._lite else "start the server, and check --token"
                raise GalleryError(f"{self.uri} cannot be opened ({_line(error)}): {advice}") from error
            self._finish_rewriting()
            with self._answers():
                if self._connection.has_collection(self._name):
                    self._connection.load_collection(self._name)  # Milvus Lite opens none by itself
        return self._connection

    def _make(self, mark: FeatureMark, index: Index, name: str = "") -> None:
        client, kinds = self._client(), self._milvus.DataType
        self._remove_half(name or self._name)
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False, description=json.dumps(mark.tree()))
        for column, longest in _TEXTS.items():
            schema.add_field(column, kinds.VARCHAR, max_length=longest, is_primary=column == "id")
        schema.add_field("moment", kinds.INT64)
        schema.add_field("vector", kinds.FLOAT_VECTOR, dim=mark.width)
        with self._answers():
            client.create_collection(
                name or self._name, schema=schema, index_params=self._parameters(index), properties=mark.tree()
            )

    def _remove_half(self, name: str) -> None:
        """Remove what Milvus Lite left of a collection that it could not make, on a full disk, and that it refuses."""
        half = Path(self.uri) / "collections" / name
        if self._lite and name.isidentifier() and half.is_dir():
            shutil.rmtree(half)

    def _parameters(self, index: Index) -> Any:
        parameters = self._client().prepare_index_params()
        parameters.add_index("vector", index_type=index.kind, metric_type=METRIC, params=index.build)
        return parameters

    def _index(self) -> Index:
        """Return the index that the collection has."""
        with self._answers():
            told = self._client().describe_index(self._name, "vector")
        kind = str(told.get("index_type", "FLAT")).lower()
        return index_for(self.count(), kind)

    def _index_anew(self, index: Index) -> None:
        client = self._client()
        with self._answers():
            client.release_collection(self._name)
            client.drop_index(self._name, "vector")
            client.create_index(self._name, self._parameters(index))
            client.load_collection(self._name)

    def _write_anew(self) -> None:
        """Copy what is left into another collection and let it take this one's place, so that no file has the rest.

        Killed between the two, the next call ends it: only once the copy is whole is the first collection dropped.
        """
        mark, client, copy = self.mark(), self._client(), self._copy
        assert mark is not None
        self._make(mark, self._index(), copy)
        with self._answers():
            for rows in self._pages("", ["*"]):
                client.upsert(copy, rows)
            client.flush(copy)
            client.drop_collection(self._name)
            client.rename_collection(copy, self._name)
            client.load_collection(self._name)

    def _finish_rewriting(self) -> None:
        client = self._connection
        with self._answers():
            if not client.has_collection(self._copy):
                return
            if client.has_collection(self._name):
                client.drop_collection(self._copy)
            else:
                client.rename_collection(self._copy, self._name)

    @property
    def _copy(self) -> str:
        return f"{self._name}_rewritten"

    def _of_ids(self, ids: Sequence[str], columns: list[str]) -> Iterator[dict[str, Any]]:
        for start in range(0, len(ids), _SENT):
            with self._answers():
                yield from self._client().query(
                    self._name,
                    filter=f"id in {_words(ids[start : start + _SENT])}",
                    output_fields=columns,
                    consistency_level="Strong",
                )

    def _pages(self, expression: str, columns: list[str]) -> Iterator[list[dict[str, Any]]]:
        with self._answers():
            pages = self._client().query_iterator(
                self._name, batch_size=_SENT, filter=expression, output_fields=columns, consistency_level="Strong"
            )
            while rows := pages.next():
                yield list(rows)
            pages.close()

    def _require(self) -> None:
        if self.mark() is None:
            raise MissingFileError(
                f"there is no gallery {self._name!r} in {self.uri}: make it with "
                f"`ccreid index FEATURES.parquet --uri {self.uri}`"
            )

    @contextlib.contextmanager
    def _answers(self) -> Iterator[None]:
        """Turn what Milvus refuses into one line."""
        try:
            yield
        except self._milvus.MilvusException as error:
            raise GalleryError(f"{self.uri} cannot do that, Milvus says: {_line(error)}") from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GalleryError(f"{folder} cannot be made ({error.strerror}): choose a folder you may write to") from error


def _pymilvus(lite: bool) -> Any:
    try:
        pymilvus = importlib.import_module("pymilvus")
        if lite:
            importlib.import_module("milvus_lite")
    except ImportError as error:
        raise MissingExtraError(
            "a gallery in Milvus needs pymilvus: pip install 'ccreid[search]', or search a table, features.parquet"
        ) from error
    # Both log every refusal with its whole stack trace, which is an error of ours by then.
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return pymilvus


def _expression(filters: Filters) -> str:
    """Return filters in Milvus' words."""
    said = []
    for column, names in (("camera", filters.cameras), ("identity", filters.identities), ("path", filters.paths)):
        if names:
            said.append(f"{column} in {_words(names)}")
    if filters.since is not None or filters.until is not None:
        # Milvus' reader of numbers knows no smaller one than that of unknown moments.
        said.append(f"moment > {UNKNOWN + 1}")
    if filters.since is not None:
        said.append(f"moment >= {filters.since}")
    if filters.until is not None:
        said.append(f"moment <= {filters.until}")
    return " and ".join(said)


def _words(names: Sequence[str]) -> str:
    # Milvus knows JSON's escape sequences but for that of any character by its number.
    return json.dumps(list(names), ensure_ascii=False)


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(**{name: row[name] for name in _TEXTS})


def _line(error: Exception) -> str:
    text = re.sub(r"\s+", " ", str(getattr(error, "message", "") or error)).strip()
    return text or type(error).__name__
