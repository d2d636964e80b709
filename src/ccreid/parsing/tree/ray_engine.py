"""Runs the batches of a tree on a Ray cluster, or on this machine's cores, through Ray Data."""

import contextlib
import logging
import os
import platform
import socket
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import Any, Final

from ccreid.datasets.image_tree import ImageTreeError
from ccreid.errors import MissingExtraError
from ccreid.parsing.parser import Parser
from ccreid.parsing.tree.batch import Outcome, Work, load_batch, parse_batch, write_batch
from ccreid.parsing.tree.engine import Batch

# Names of files are all that goes through it.
_OBJECT_STORE_BYTES: Final = 100 * 2**20
# Each is a task of Ray; more would take longer to hand out than to do.
_MOST_BLOCKS: Final = 1000
_FAILED: Final = "failed"


def run_on_ray(
    work: Work,
    parser: Parser,
    build: Callable[[], Parser] | None,
    batches: Sequence[Batch],
    workers: int | None = None,
    gpu: bool = True,
) -> Iterator[list[Outcome]]:
    """Run the batches with Ray Data's `map_batches`, each worker an actor with a parser of its own.

    Runs on the cluster that the process is connected to, else on the one that the environment variable RAY_ADDRESS
    names, else on this machine's cores alone. The machines must see the images and the folders to write under the same
    paths, and have this version of ccreid. What a lost machine was at is done again by another.

    The batches are those of `run_here`, and so are the files, byte for byte, where a worker has the same kind of
    processor and number of threads. Other ones may round differently, as they may in `run_here`: a logit differed by
    6e-8 between one and two threads. A worker has one thread, or more where there are fewer workers than cores.

    Args:
        work: What is to be done.
        parser: A parser of this process, which the workers' must equal.
        build: Makes a worker's parser; pickled with cloudpickle.
        batches: What is to be parsed.
        workers: How many parsers; as many as there are cores for None, or as there are GPUs where workers get one.
        gpu: Give each worker a GPU if the cluster has any.

    Raises:
        ImageTreeError: There is no function that builds the parser, the number of workers is out of range, the cluster
            cannot be reached, or a worker failed.
        MissingExtraError: The extra `ccreid[ray]` is not installed.
    """
    if build is None:
        raise ImageTreeError("Ray's workers build their own parser: give a function that builds it, not a parser")
    if workers is not None and workers < 1:
        raise ImageTreeError(f"workers is {workers}, expected at least 1")
    if find_spec("ray") is None or find_spec("pyarrow") is None:
        raise MissingExtraError("the engine ray needs Ray Data: pip install 'ccreid[ray]'")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # else it writes of its inner affairs
    import ray
    import ray.data

    connected = ray.is_initialized()
    if not connected:
        _connect()
    try:
        yield from _run(work, parser, build, batches, workers, gpu)
    except ray.exceptions.RayTaskError:
        raise  # a fault of the parser's code, which here as elsewhere shows where it is
    except ray.exceptions.RayError as error:
        raise ImageTreeError(f"Ray failed ({str(error).splitlines()[0]}): start again to go on") from error
    finally:
        if not connected:
            ray.shutdown()


def _connect() -> None:
    import ray

    quiet = {"log_to_driver": False, "logging_level": logging.CRITICAL}
    address = os.environ.get("RAY_ADDRESS")
    if address:
        _check_that_someone_listens(address)
        ray.init(**quiet)
        return
    try:
        ray.init("local", include_dashboard=False, object_store_memory=_OBJECT_STORE_BYTES, **quiet)
    except Exception as error:  # Ray raises no narrower class
        raise ImageTreeError(
            f"Ray did not start on this machine ({error}): try again when it has less to do, or parse without Ray"
        ) from error


def _check_that_someone_listens(address: str) -> None:
    """Try the cluster's port, which Ray itself does for many minutes before it says so."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except OSError as error:
        raise ImageTreeError(
            f"no Ray cluster answers at RAY_ADDRESS={address} ({error}): start it with `ray start --head`, or unset "
            "RAY_ADDRESS to use this machine alone"
        ) from error


def _run(
    work: Work,
    parser: Parser,
    build: Callable[[], Parser],
    batches: Sequence[Batch],
    workers: int | None,
    gpu: bool,
) -> Iterator[list[Outcome]]:
    import ray

    rows = [{"names": [str(name) for name in batch]} for batch in batches]
    actors, resources = _share_out([node["Resources"] for node in ray.nodes() if node["Alive"]], workers, gpu)
    actors = min(actors, len(batches))
    with _quiet():
        outcomes = ray.data.from_items(rows, override_num_blocks=min(len(rows), _MOST_BLOCKS)).map_batches(
            _Worker,
            fn_constructor_args=(work, build, parser.fingerprint),
            batch_size=1,
            batch_format="numpy",
            compute=ray.data.ActorPoolStrategy(size=actors),
            **resources,
        )
        for row in outcomes.iter_rows():
            if row["status"] == _FAILED:
                raise ImageTreeError(f"a Ray worker failed: {row['reason']}")
            judged = float(row["plausibility"]), row["doubts"]
            yield [Outcome(PurePosixPath(row["name"]), row["status"], row["reason"], *judged)]


class _Worker:
    """A parser in a process of Ray's, which takes a row with the names of one batch at a time."""

    def __init__(self, work: Work, build: Callable[[], Parser], fingerprint: str) -> None:
        self._work = work
        self._build = build
        self._fingerprint = fingerprint
        self._parser: Parser | None = None

    def __call__(self, rows: dict[str, Any]) -> dict[str, list[Any]]:
        try:
            outcomes = self._parse([PurePosixPath(name) for name in rows["names"][0]])
        except (ValueError, OSError, ImportError) as error:
            # As a row, for what is raised here comes to the caller as a page of Ray's inner affairs, or not at all.
            return _columns([("", _FAILED, str(error), 1.0, "")])
        return _columns([(str(outcome.name), *outcome[1:]) for outcome in outcomes])

    def _parse(self, names: Sequence[PurePosixPath]) -> list[Outcome]:
        if self._parser is None:
            self._parser = self._checked(self._build())
        sources = load_batch(self._work, names)
        parse_batch(self._work, self._parser, sources)
        return write_batch(self._work, sources)

    def _checked(self, parser: Parser) -> Parser:
        machine = platform.node()
        if parser.fingerprint != self._fingerprint:
            raise ImageTreeError(
                f"{parser.name} has other weights on {machine} than where the command was given: give all machines the "
                "same file"
            )
        if not self._work.root.is_dir():
            raise ImageTreeError(f"{machine} does not see {self._work.root}: the machines must share the folders")
        return parser


def _columns(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Return outcomes as Ray Data's columns."""
    return {name: [row[place] for row in rows] for place, name in enumerate(Outcome._fields)}


def _share_out(nodes: Sequence[dict[str, float]], workers: int | None, gpu: bool) -> tuple[int, dict[str, Any]]:
    """Return the number of actors, and what each takes of its machine so that they all find room."""
    gpus = sum(int(node.get("GPU", 0)) for node in nodes)
    if gpu and gpus:
        return min(workers or gpus, gpus), {"num_gpus": 1, "num_cpus": 1}
    cores = [int(node.get("CPU", 0)) for node in nodes]
    actors = min(workers or sum(cores), max(sum(cores), 1))
    # Fewer workers than cores: as many cores each as fit.
    shares = [share for share in range(1, max(cores) + 1) if sum(own // share for own in cores) >= actors]
    return max(actors, 1), {"num_cpus": max(shares, default=1)}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Ray Data from telling its plans; what it is at is told by the caller."""
    import ray.data

    context = ray.data.DataContext.get_current()
    logger = logging.getLogger("ray.data")
    before = context.enable_progress_bars, logger.level
    context.enable_progress_bars = False
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        context.enable_progress_bars = before[0]
        logger.setLevel(before[1])
