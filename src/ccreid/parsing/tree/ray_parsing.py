"""Runs the batches of a tree on a Ray cluster, or on this machine's cores."""

import functools
import platform
from collections.abc import Callable, Iterator, Sequence

from ccreid.datasets.image_tree import ImageTreeError
from ccreid.parsing.parser import Parser
from ccreid.parsing.tree.batch import Outcome, Work, load_batch, parse_batch, write_batch
from ccreid.parsing.tree.engine import Batch
from ccreid.ray_engine import map_on_ray


def run_on_ray(
    work: Work,
    parser: Parser,
    build: Callable[[], Parser] | None,
    batches: Sequence[Batch],
    workers: int | None = None,
    gpu: bool = True,
) -> Iterator[list[Outcome]]:
    """Run the batches as `ccreid.ray_engine.map_on_ray` does, each worker with a parser of its own.

    The batches are those of `run_here`, and so are the files, byte for byte, where a worker has the same kind of
    processor and number of threads. Other ones may round differently, as they may in `run_here`: a logit differed by
    6e-8 between one and two threads.

    Args:
        work: What is to be done.
        parser: A parser of this process, which the workers' must equal.
        build: Makes a worker's parser; pickled with cloudpickle.
        batches: What is to be parsed.
        workers: How many parsers; as many as there are cores for None, or as there are GPUs where workers get one.
        gpu: Give each worker a GPU if the cluster has any.

    Raises:
        ImageTreeError: There is no function that builds the parser.
        RayEngineError: The number of workers is out of range, the cluster cannot be reached, or a worker failed.
        MissingExtraError: The extra `ccreid[ray]` is not installed.
    """
    if build is None:
        raise ImageTreeError("Ray's workers build their own parser: give a function that builds it, not a parser")
    worker = functools.partial(_worker, work, build, parser.fingerprint)
    return map_on_ray(worker, batches, workers, gpu)


def _worker(work: Work, build: Callable[[], Parser], fingerprint: str) -> Callable[[Batch], list[Outcome]]:
    """Return what a worker does with a batch, once its machine has the parser and sees the images."""
    parser, machine = build(), platform.node()
    if parser.fingerprint != fingerprint:
        raise ImageTreeError(
            f"{parser.name} has other weights on {machine} than where the command was given: give all machines the "
            "same file"
        )
    if not work.root.is_dir():
        raise ImageTreeError(f"{machine} does not see {work.root}: the machines must share the folders")

    def parse(names: Batch) -> list[Outcome]:
        sources = load_batch(work, names)
        parse_batch(work, parser, sources)
        return write_batch(work, sources)

    return parse
