"""The engine on Ray; parsing and embedding, which run on it, are tested on two nodes in their own places."""

import pickle
import socket
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from extras import needs

from ccreid import ray_engine
from ccreid.errors import MissingExtraError
from ccreid.ray_engine import RayEngineError, map_on_ray


def _lengths() -> Callable[[str], int]:
    return len


def test_no_workers_are_refused() -> None:
    with pytest.raises(RayEngineError, match="workers is 0, expected at least 1"):
        list(map_on_ray(_lengths, ["a"], workers=0))


def test_what_a_worker_finds_wrong_is_a_row_and_not_a_page_of_rays() -> None:
    def broken() -> Callable[[str], int]:
        raise ValueError("there is no parser")

    rows = {"batch": np.array([pickle.dumps("four")], dtype=object)}
    assert ray_engine._Worker(broken)(rows) == {"result": [b""], "failed": ["there is no parser"]}
    done = ray_engine._Worker(_lengths)(rows)
    assert (pickle.loads(done["result"][0]), done["failed"]) == (4, [""])


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_engine, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ccreid\[ray\]'"):
        list(map_on_ray(_lengths, ["a"]))


@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    needs("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(RayEngineError, match=r"no Ray cluster answers at RAY_ADDRESS=127\.0\.0\.1:\d+"):
        list(map_on_ray(_lengths, ["a"]))


@pytest.mark.parametrize(
    ("nodes", "workers", "gpu", "expected"),
    [
        ([{"CPU": 8.0}], None, True, (8, {"num_cpus": 1})),
        ([{"CPU": 8.0}], 2, True, (2, {"num_cpus": 4})),
        ([{"CPU": 8.0}, {"CPU": 8.0}], 3, True, (3, {"num_cpus": 4})),
        ([{"CPU": 8.0}, {"CPU": 2.0}], 1, True, (1, {"num_cpus": 8})),
        ([{"CPU": 2.0}], 5, True, (2, {"num_cpus": 1})),
        ([{}, {"CPU": 4.0}], None, True, (4, {"num_cpus": 1})),
        ([{}], None, True, (1, {"num_cpus": 1})),
        ([{"CPU": 8.0}, {"CPU": 8.0, "GPU": 2.0}], None, True, (2, {"num_gpus": 1, "num_cpus": 1})),
        ([{"CPU": 8.0, "GPU": 4.0}], 3, True, (3, {"num_gpus": 1, "num_cpus": 1})),
        ([{"CPU": 8.0, "GPU": 4.0}], 9, True, (4, {"num_gpus": 1, "num_cpus": 1})),
        ([{"CPU": 8.0, "GPU": 4.0}], None, False, (8, {"num_cpus": 1})),
    ],
)
def test_workers_get_what_their_machines_have(
    nodes: list[dict[str, float]], workers: int | None, gpu: bool, expected: tuple[int, dict[str, Any]]
) -> None:
    assert ray_engine._share_out(nodes, workers, gpu) == expected
