"""Embedding on Ray: as workers do it one after the other, and on two nodes of which one is lost."""

from extras import needs

needs("parquet")

import functools
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets.make_photos import make_people, make_tracks
from retrieval.colour_model import colour_model
from two_nodes import started_nodes

from ccreid.errors import BadValueError, MissingFileError
from ccreid.retrieval import ray_embedding
from ccreid.retrieval.embed_table import embed_table
from ccreid.retrieval.feature_mark import mark_of
from ccreid.retrieval.feature_table import read_rows
from ccreid.retrieval.listing import as_items, list_images
from ccreid.retrieval.ray_embedding import embed_items_on_ray

ON_RAY = functools.partial(embed_items_on_ray, build=colour_model)


def _backwards(build: Callable[[], Any], batches: Sequence[Any], workers: int | None, gpu: bool) -> Iterator[Any]:
    """Do what Ray does in this process, the last batch first."""
    work = build()
    yield from map(work, reversed(batches))


@pytest.fixture
def in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_embedding, "map_on_ray", _backwards)
    monkeypatch.setattr(ray_embedding, "BATCH", 3)


def _rows(table: Path) -> dict[str, tuple[Any, ...]]:
    return {
        entry.path: (entry, *vector.tolist())
        for rows in read_rows(table)
        for entry, vector in zip(rows.entries, rows.vectors, strict=True)
    }


@pytest.mark.usefixtures("in_turn")
def test_the_table_is_that_of_this_process_whatever_comes_first(tmp_path: Path) -> None:
    root = make_people(tmp_path / "photos")
    for first, second in (("alice", "dinh"), ("bob", "carla")):
        shutil.copy(root / first / "suit" / "1.jpg", root / second / "suit" / "copy.jpg")
    (root / "bob" / "broken.jpg").write_bytes(b"broken")
    items = as_items(list_images(root), False)
    local = embed_table(items, tmp_path / "local.parquet", colour_model(), "float32")
    spread = embed_table(items, tmp_path / "ray.parquet", colour_model(), "float32", engine=ON_RAY)
    assert _rows(tmp_path / "ray.parquet") == _rows(tmp_path / "local.parquet")
    assert (spread.rows, spread.made) == (local.rows, local.made) == (16, 16)
    assert set(spread.copies) == set(local.copies)
    assert len(spread.copies) == 2
    assert spread.broken == local.broken != ()


@pytest.mark.usefixtures("in_turn")
def test_what_is_there_is_kept_and_tracks_stay_whole(tmp_path: Path) -> None:
    root = make_tracks(tmp_path)
    items = as_items(list_images(root / "images.csv"), True)
    embed_table(items[:5], tmp_path / "ray.parquet", colour_model(), "float32")
    report = embed_table(items, tmp_path / "ray.parquet", colour_model(), "float32", engine=ON_RAY)
    assert (report.rows, report.made) == (16, 11)
    embed_table(items, tmp_path / "local.parquet", colour_model(), "float32")
    assert _rows(tmp_path / "ray.parquet") == _rows(tmp_path / "local.parquet")


def test_a_worker_does_not_begin_without_the_same_weights_and_the_shared_folders(tmp_path: Path) -> None:
    fingerprint = mark_of(colour_model()).model
    with pytest.raises(BadValueError, match="the model has other weights on"):
        ray_embedding._worker(functools.partial(colour_model, 1), fingerprint, frozenset())
    items = as_items(list_images(make_people(tmp_path / "photos")), False)
    embed = ray_embedding._worker(colour_model, fingerprint, frozenset())
    shutil.rmtree(tmp_path / "photos")
    with pytest.raises(MissingFileError, match="the machines must share the folders"):
        embed(ray_embedding._pieces(items)[0])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.*")
def test_with_a_node_killed_midway_the_features_are_those_of_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_embedding, "BATCH", 2)
    items = as_items(list_images(make_people(tmp_path / "photos")), False)
    embed_table(items, tmp_path / "local.parquet", colour_model(), "float32")
    with started_nodes() as nodes:

        def with_a_kill(*arguments: Any) -> Iterator[Any]:
            for count, rows in enumerate(ON_RAY(*arguments)):
                if count == 1:
                    nodes.kill_the_second()
                yield rows

        report = embed_table(items, tmp_path / "ray.parquet", colour_model(), "float32", engine=with_a_kill)
    assert (report.rows, report.made) == (16, 16)
    local, spread = _rows(tmp_path / "local.parquet"), _rows(tmp_path / "ray.parquet")
    assert local.keys() == spread.keys()
    for path, (entry, *vector) in local.items():
        assert entry == spread[path][0]
        np.testing.assert_allclose(vector, spread[path][1:], atol=1e-6)
