from pathlib import Path

import numpy as np
import pytest
from benchmarks.load_script import load_script
from extras import needs

needs("parquet")
needs("search")

load_script("measuring")
search_engines = load_script("search_engines")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, np.ndarray]:
    folder = tmp_path_factory.mktemp("engines")
    gallery, queries = search_engines.made_gallery(300, 7, 16, noise=0.3)
    np.save(folder / search_engines.FEATURES, gallery)
    for kind in ("flat", "ivf_flat", "hnsw"):  # one gallery in Milvus, and its index made anew
        search_engines.make(search_engines.FAISS[kind], folder)
    search_engines.make(search_engines.TABLE, folder)
    return folder, gallery, queries


def plainly(gallery: np.ndarray, queries: np.ndarray, count: int) -> list[list[int]]:
    """Return the nearest rows by sorting all, in Python."""
    return [sorted(range(len(gallery)), key=lambda row: -float(gallery[row] @ query))[:count] for query in queries]


@pytest.mark.slow
def test_exact_engines_find_the_nearest_in_order(filled: tuple[Path, np.ndarray, np.ndarray]) -> None:
    folder, gallery, queries = filled
    search_engines.make(search_engines.MILVUS["flat"], folder)
    truth = plainly(gallery, queries, 10)
    for name in (
        search_engines.TABLE,
        search_engines.NUMPY,
        search_engines.TORCH,
        search_engines.FAISS["flat"],
        search_engines.MILVUS["flat"],
    ):
        search_engines.start(name, folder, queries)
        assert search_engines.ask_together(queries, 10)[1].tolist() == truth, name
        assert search_engines.ask_one_by_one(queries, 10)[1].tolist() == truth, name


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ivf_flat", "hnsw"])
def test_the_other_indexes_find_each_image_itself(filled: tuple[Path, np.ndarray, np.ndarray], kind: str) -> None:
    folder, gallery, _ = filled
    search_engines.make(search_engines.MILVUS["flat"], folder)
    search_engines.make(search_engines.MILVUS[kind], folder)
    for name in (search_engines.FAISS[kind], search_engines.MILVUS[kind]):
        search_engines.start(name, folder, gallery[:1])
        assert search_engines.ask_together(gallery[:40], 1)[1][:, 0].tolist() == list(range(40)), name


def test_a_made_gallery_has_ten_of_each_person_and_queries_that_find_them() -> None:
    gallery, queries = search_engines.made_gallery(200, 30, 64, noise=0.3)
    assert np.linalg.norm(gallery, axis=1) == pytest.approx(1, abs=1e-5)
    for rows in plainly(gallery, queries, 10):
        assert len({row // 10 for row in rows}) == 1
