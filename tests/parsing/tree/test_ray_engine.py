"""Parsing on Ray, on two nodes of one machine."""

import functools
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from extras import needs
from parsing.fake_parsers import FINGERPRINT, LABELS, fake_parser, parser_of_two, parser_with_other_weights, slow_parser
from parsing.make_images import files_of, make_images

from ccreid.datasets.image_tree import ImageTreeError
from ccreid.errors import MissingExtraError
from ccreid.parsing.parser import Parser
from ccreid.parsing.tree import ray_engine
from ccreid.parsing.tree.batch import Outcome, Work
from ccreid.parsing.tree.engine import Batch
from ccreid.parsing.tree.files import ImageFiles
from ccreid.parsing.tree.parse import parse_tree
from ccreid.parsing.tree.ray_engine import run_on_ray

TESTS = Path(__file__).parents[2]
SMALL = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_dashboard": False}


# A lost node is to be noticed in seconds, not in half a minute.
HEALTH = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 3}


class _TwoNodes:
    """A cluster of two nodes with one core each, of which the second can be killed."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster()
        try:
            self._cluster.add_node(**SMALL, _system_config=HEALTH)
            self._second = self._cluster.add_node(**SMALL)
        except Exception:
            self._cluster.shutdown()
            raise
        self.address = self._cluster.address

    def kill_the_second(self) -> None:
        self._cluster.remove_node(self._second, allow_graceful=False)

    def shut_down(self) -> None:
        self._cluster.shutdown()


def _start(attempts: int) -> _TwoNodes:
    """Start the nodes; Ray gives up on one whose helpers take more than 15 s, as they may on a busy machine."""
    try:
        return _TwoNodes()
    except Exception:
        if attempts == 1:
            raise
        return _start(attempts - 1)


@pytest.fixture
def two_nodes() -> Iterator[_TwoNodes]:
    needs("ray")
    with pytest.MonkeyPatch.context() as patch:
        # The workers must find the made-up parsers.
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")])))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        nodes = _start(attempts=3)
        patch.setenv("RAY_ADDRESS", nodes.address)
        yield nodes
        nodes.shut_down()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.*")
def test_with_a_node_killed_midway_the_tree_is_that_of_a_local_run(two_nodes: _TwoNodes, tmp_path: Path) -> None:
    images = make_images(tmp_path / "rgb", count=59)
    images[7].write_bytes(b"broken")
    local = parse_tree(tmp_path / "rgb", tmp_path / "local", slow_parser(0), batch=3, keep_labels=True)
    marks = tmp_path / "marks"
    marks.mkdir()

    def with_a_kill(
        work: Work, parser: Parser, build: Callable[[], Parser] | None, batches: Sequence[Batch]
    ) -> Iterator[list[Outcome]]:
        for count, outcomes in enumerate(run_on_ray(work, parser, build, batches)):
            if count == 6:  # both nodes are at work by then, for neither begins without the other
                assert len(list(marks.iterdir())) == 2
                two_nodes.kill_the_second()
            yield outcomes

    build = functools.partial(parser_of_two, marks, 0.1)
    parsed = parse_tree(tmp_path / "rgb", tmp_path / "ray", build, batch=3, keep_labels=True, engine=with_a_kill)
    assert [broken.path for broken in parsed.broken] == [broken.path for broken in local.broken] == [images[7]]
    assert parsed.written + parsed.skipped == local.written == 58
    assert parsed.doubtful == local.doubtful != ()
    for tree in ("", "_labels"):
        # A worker that is killed after the others are done leaves its temporary file, which the next parsing removes.
        left = {name: content for name, content in files_of(tmp_path / f"ray{tree}").items() if "/.ccreid-" not in name}
        assert left == files_of(tmp_path / f"local{tree}")

    # On the node that is left: what a worker finds wrong is one sentence.
    with pytest.raises(ImageTreeError, match=r"a Ray worker failed: fake has other weights on .*give all"):
        parse_tree(tmp_path / "rgb", tmp_path / "other", parser_with_other_weights, engine=run_on_ray)


def test_a_worker_does_not_begin_without_the_same_weights_and_the_shared_folders(tmp_path: Path) -> None:
    work = Work(ImageFiles(), tmp_path / "nowhere", {}, "", LABELS, np.zeros(8, dtype=np.uint8), batch=1)
    rows = {"names": np.array([["a.jpg"]], dtype=object)}
    failed = ray_engine._Worker(work, fake_parser, "other")(rows)
    assert failed["status"] == ["failed"]
    assert "fake has other weights on" in failed["reason"][0]
    failed = ray_engine._Worker(work, fake_parser, FINGERPRINT)(rows)
    assert failed["status"] == ["failed"]
    assert f"does not see {tmp_path / 'nowhere'}: the machines must share the folders" in failed["reason"][0]


def test_a_parser_that_is_no_function_cannot_go_to_the_workers(tmp_path: Path) -> None:
    make_images(tmp_path / "rgb", count=1)
    with pytest.raises(ImageTreeError, match="give a function that builds it"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(), engine=run_on_ray)


def test_no_workers_are_refused(tmp_path: Path) -> None:
    make_images(tmp_path / "rgb", count=1)
    with pytest.raises(ImageTreeError, match="workers is 0, expected at least 1"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser, engine=functools.partial(run_on_ray, workers=0))


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_images(tmp_path / "rgb", count=1)
    monkeypatch.setattr(ray_engine, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ccreid\[ray\]'"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser, engine=run_on_ray)


@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("ray")
    make_images(tmp_path / "rgb", count=1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(ImageTreeError, match=r"no Ray cluster answers at RAY_ADDRESS=127\.0\.0\.1:\d+"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser, engine=run_on_ray)


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
