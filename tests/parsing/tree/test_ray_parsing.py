"""Parsing on Ray, on two nodes of one machine."""

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from parsing.fake_parsers import FINGERPRINT, LABELS, fake_parser, parser_of_two, parser_with_other_weights, slow_parser
from parsing.make_images import files_of, make_images
from two_nodes import TwoNodes, started_nodes

from ccreid.datasets.image_tree import ImageTreeError
from ccreid.parsing.parser import Parser
from ccreid.parsing.tree import ray_parsing
from ccreid.parsing.tree.batch import Outcome, Work
from ccreid.parsing.tree.engine import Batch
from ccreid.parsing.tree.files import ImageFiles
from ccreid.parsing.tree.parse import parse_tree
from ccreid.parsing.tree.ray_parsing import run_on_ray
from ccreid.ray_engine import RayEngineError


@pytest.fixture
def two_nodes() -> Iterator[TwoNodes]:
    with started_nodes() as nodes:
        yield nodes


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.*")
def test_with_a_node_killed_midway_the_tree_is_that_of_a_local_run(two_nodes: TwoNodes, tmp_path: Path) -> None:
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
    with pytest.raises(RayEngineError, match=r"a Ray worker failed: fake has other weights on .*give all"):
        parse_tree(tmp_path / "rgb", tmp_path / "other", parser_with_other_weights, engine=run_on_ray)


def test_a_worker_does_not_begin_without_the_same_weights_and_the_shared_folders(tmp_path: Path) -> None:
    work = Work(ImageFiles(), tmp_path / "nowhere", {}, "", LABELS, np.zeros(8, dtype=np.uint8), batch=1)
    with pytest.raises(ImageTreeError, match="fake has other weights on"):
        ray_parsing._worker(work, fake_parser, "other")
    with pytest.raises(
        ImageTreeError, match=f"does not see {tmp_path / 'nowhere'}: the machines must share the folders"
    ):
        ray_parsing._worker(work, fake_parser, FINGERPRINT)


def test_a_parser_that_is_no_function_cannot_go_to_the_workers(tmp_path: Path) -> None:
    make_images(tmp_path / "rgb", count=1)
    with pytest.raises(ImageTreeError, match="give a function that builds it"):
        parse_tree(tmp_path / "rgb", tmp_path / "parts", fake_parser(), engine=run_on_ray)
