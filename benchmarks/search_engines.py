"""Who searches in the search row: our stores, faiss used directly, and a plain product; each makes and reads files."""

import importlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from measuring import resident_bytes
from numpy.typing import NDArray

from ccreid.retrieval.entry import Entry, Rows
from ccreid.retrieval.feature_mark import FeatureMark
from ccreid.retrieval.filters import Filters
from ccreid.retrieval.milvus_index import index_for
from ccreid.retrieval.store import Store, open_store

Vectors = NDArray[np.float32]
Found = NDArray[np.int64]
Search = Callable[[Vectors, int], Found]

TABLE = "table"
MILVUS = {"flat": "Milvus Lite FLAT", "ivf_flat": "Milvus Lite IVF_FLAT", "hnsw": "Milvus Lite HNSW"}
FAISS = {"flat": "faiss IndexFlatIP", "ivf_flat": "faiss IndexIVFFlat", "hnsw": "faiss IndexHNSWFlat"}
NUMPY, TORCH = "numpy: product and argpartition", "torch: product and topk"

FEATURES: Final = "features.npy"
"""The gallery's features (N, D) in the folder that all work in."""

# What any of them imports, so that no library counts as memory of vectors.
_LIBRARIES = ("faiss", "pyarrow.parquet", "pymilvus", "milvus_lite.server_manager")


class Engine(NamedTuple):
    """A way to search.

    Attributes:
        make: Writes its files into the folder that holds the features.
        open: Returns a search that is ready for its first queries: (Q, D) and a count to rows (Q, count).
    """

    make: Callable[[Path], None]
    open: Callable[[Path], Search]


def made_gallery(images: int, queries: int, width: int, noise: float = 1.0) -> tuple[Vectors, Vectors]:
    """Return features of length 1, ten around each of images / 10 centres, and as noisy queries around some of these.

    Args:
        images: Of the gallery, a multiple of ten.
        queries: Number of queries.
        width: Of a feature.
        noise: How far features lie from their centre, whose own numbers have a deviation of 1.

    Returns:
        The gallery (images, width) and the queries (queries, width).
    """
    random = np.random.default_rng(0)
    centres = random.standard_normal((images // 10, width), dtype=np.float32)
    gallery = np.empty((images, width), dtype=np.float32)
    for start in range(0, images, 8192):
        rows = np.arange(start, min(start + 8192, images))
        gallery[rows] = _around(centres[rows // 10], noise, random)
    return gallery, _around(centres[random.integers(len(centres), size=queries)], noise, random)


def make(name: str, folder: Path) -> float:
    """Return the seconds of the processor that it takes to bring the folder's features into an engine."""
    start = time.process_time()
    engines()[name].make(folder)
    return time.process_time() - start


class Searching:
    """A search in this process, kept from its opening to the process' end."""

    search: Search


def start(name: str, folder: Path, queries: Vectors) -> tuple[float, int]:
    """Open an engine, let it search once, and return the seconds that took and by how many bytes this process grew.

    Args:
        name: Of the engine.
        folder: Where its files are.
        queries: (Q, D) of the first search.
    """
    for library in _LIBRARIES:
        importlib.import_module(library)
    before, started = resident_bytes(), time.process_time()
    Searching.search = staticmethod(engines()[name].open(folder))
    Searching.search(queries, 10)
    return time.process_time() - started, resident_bytes() - before


def ask_together(queries: Vectors, count: int) -> tuple[float, Found]:
    """Return the seconds of one call with all queries (Q, D), and the rows (Q, count) that it found."""
    started = time.process_time()
    found = Searching.search(queries, count)
    return time.process_time() - started, found


def ask_one_by_one(queries: Vectors, count: int) -> tuple[float, Found]:
    """Return the seconds of a call for each query, one after the other, and the rows (Q, count) that they found."""
    started = time.process_time()
    found = [Searching.search(queries[row : row + 1], count) for row in range(len(queries))]
    return time.process_time() - started, np.concatenate(found)


def engines() -> dict[str, Engine]:
    """Return all engines by their names."""
    found = {
        TABLE: Engine(_make_table, lambda folder: _asked(open_store(folder / "people.parquet"))),
        NUMPY: Engine(lambda folder: None, _open_numpy),
        TORCH: Engine(lambda folder: None, _open_torch),
    }
    for kind, name in MILVUS.items():
        found[name] = Engine(
            lambda folder, kind=kind: _make_milvus(folder, kind),
            lambda folder, kind=kind: _asked(open_store(folder / "gallery.db", index=kind)),
        )
    for kind, name in FAISS.items():
        found[name] = Engine(
            lambda folder, kind=kind: _make_faiss(folder, kind), lambda folder, kind=kind: _open_faiss(folder, kind)
        )
    return found


def _around(centres: Vectors, noise: float, random: np.random.Generator) -> Vectors:
    features = centres + np.float32(noise) * random.standard_normal(centres.shape, dtype=np.float32)
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def _make_table(folder: Path) -> None:
    _fill(open_store(folder / "people.parquet"), folder)


def _make_milvus(folder: Path, kind: str) -> None:
    """Fill the folder's gallery where there is none; there is one gallery, whose index is made anew for each kind."""
    uri = folder / "gallery.db"
    store = open_store(uri, index=kind)
    if not uri.exists():
        _fill(store, folder)
    else:
        store.upsert([], _mark(folder), 0)
        store.close()


def _fill(store: Store, folder: Path) -> None:
    features = _features(folder)
    store.upsert(_pieces(features), _mark(folder), len(features))
    store.close()


def _pieces(features: Vectors) -> Iterator[Rows]:
    for start in range(0, len(features), 8192):
        part = features[start : start + 8192]
        yield Rows(
            [
                Entry(f"{row:064x}", f"/photos/{row:09}.jpg", str(row // 10), f"camera {row % 7}")
                for row in range(start, start + len(part))
            ],
            part,
        )


def _mark(folder: Path) -> FeatureMark:
    return FeatureMark("0" * 64, "made", _features(folder).shape[1], "256x128", "float32")


def _features(folder: Path) -> Vectors:
    return np.load(folder / FEATURES, mmap_mode="r")


def _asked(store: Store) -> Search:
    """Return a store's search as one that returns rows; a place that it leaves empty is -1."""

    def search(queries: Vectors, count: int) -> Found:
        found = np.full((len(queries), count), -1, dtype=np.int64)
        for row, hits in enumerate(store.search(queries, count, Filters())):
            found[row, : len(hits)] = [int(hit.entry.id, 16) for hit in hits]
        return found

    return search


def _make_faiss(folder: Path, kind: str) -> None:
    faiss = importlib.import_module("faiss")
    features = np.ascontiguousarray(_features(folder))
    built = _faiss_index(faiss, kind, *features.shape)
    built.train(features)
    built.add(features)
    faiss.write_index(built, str(folder / f"{kind}.faiss"))


def _faiss_index(faiss: Any, kind: str, count: int, width: int) -> Any:
    """Return an empty index with the parameters that our gallery of that size has in Milvus."""
    build = index_for(count, kind).build
    if kind == "hnsw":
        graph = faiss.IndexHNSWFlat(width, build["M"], faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = build["efConstruction"]
        return graph
    flat = faiss.IndexFlatIP(width)
    if kind == "flat":
        return flat
    lists = faiss.IndexIVFFlat(flat, width, build["nlist"], faiss.METRIC_INNER_PRODUCT)
    flat.this.disown()  # the lists free it
    lists.own_fields = True
    return lists


def _open_faiss(folder: Path, kind: str) -> Search:
    faiss = importlib.import_module("faiss")
    index = faiss.read_index(str(folder / f"{kind}.faiss"))
    asked = index_for(index.ntotal, kind).search
    if kind == "hnsw":
        index.hnsw.efSearch = asked["ef"]
    if kind == "ivf_flat":
        index.nprobe = asked["nprobe"]
    return lambda queries, count: index.search(queries, count)[1]


def _open_numpy(folder: Path) -> Search:
    features = np.load(folder / FEATURES)

    def search(queries: Vectors, count: int) -> Found:
        similar = queries @ features.T
        some = np.argpartition(similar, -count, axis=1)[:, -count:]
        order = np.argsort(-np.take_along_axis(similar, some, 1), axis=1)
        return np.take_along_axis(some, order, 1)

    return search


def _open_torch(folder: Path) -> Search:
    features = torch.from_numpy(np.load(folder / FEATURES))
    return lambda queries, count: (torch.from_numpy(queries) @ features.T).topk(count, dim=1).indices.numpy()
