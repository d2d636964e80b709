"""Runs batches of work on a Ray cluster, or on this machine's cores, through Ray Data."""

import contextlib
import logging
import os
import pickle
import socket
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any, Final, TypeVar

from ccreid.errors import CcreidError, MissingExtraError, first_line

# Names of files and what is made of a few batches are all that goes through it.
_OBJECT_STORE_BYTES: Final = 100 * 2**20
# Each is a task of Ray; more would take longer to hand out than to do.
_MOST_BLOCKS: Final = 1000

Batch = TypeVar("Batch")
Result = TypeVar("Result")


class RayEngineError(CcreidError, ValueError):
    """Ray cannot be started or reached, or a worker failed; the message says what to do."""


def map_on_ray(
    build: Callable[[], Callable[[Batch], Result]],
    batches: Sequence[Batch],
    workers: int | None = None,
    gpu: bool = True,
) -> Iterator[Result]:
    """Yield the result of each batch, in any order, by Ray Data's `map_batches`; each worker is an actor.

    Runs on the cluster that the process is connected to, else on the one that the environment variable RAY_ADDRESS
    names, else on this machine's cores alone. The machines must see the same folders under the same paths, and have
    this version of ccreid. What a lost machine was at is done again by another. A worker has one thread, or more where
    there are fewer workers than cores.

    Args:
        build: Makes a worker's function from a batch to its result, once; pickled with cloudpickle. What it or the
            function raises of ValueError, OSError and ImportError is said as one line.
        batches: Each can be pickled, and so can results.
        workers: How many; as many as there are cores for None, or as there are GPUs where workers get one.
        gpu: Give each worker a GPU if the cluster has any.

    Raises:
        RayEngineError: The number of workers is out of range, the cluster cannot be reached, or a worker failed.
        MissingExtraError: The extra `ccreid[ray]` is not installed.
    """
    if workers is not None and workers < 1:
        raise RayEngineError(f"workers is {workers}, expected at least 1")
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
        yield from _run(build, batches, workers, gpu)
    except ray.exceptions.RayTaskError:
        raise  # a fault of the worker's code, which here as elsewhere shows where it is
    except ray.exceptions.RayError as error:
        raise RayEngineError(f"Ray failed ({first_line(error)}): start again to go on") from error
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
        raise RayEngineError(
            f"Ray did not start on this machine ({error}): try again when it has less to do, or do without Ray"
        ) from error


def _check_that_someone_listens(address: str) -> None:
    """Try the cluster's port, which Ray itself does for many minutes before it says so."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except OSError as error:
        raise RayEngineError(
            f"no Ray cluster answers at RAY_ADDRESS={address} ({error}): start it with `ray start --head`, or unset "
            "RAY_ADDRESS to use this machine alone"
        ) from error


def _run(
    build: Callable[[], Callable[[Batch], Result]], batches: Sequence[Batch], workers: int | None, gpu: bool
) -> Iterator[Result]:
    import ray

    rows = [{"batch": pickle.dumps(batch)} for batch in batches]
    actors, resources = _share_out([node["Resources"] for node in ray.nodes() if node["Alive"]], workers, gpu)
    actors = min(actors, len(batches))
    with _quiet():
        outcomes = ray.data.from_items(rows, override_num_blocks=min(len(rows), _MOST_BLOCKS)).map_batches(
            _Worker,
            fn_constructor_args=(build,),
            batch_size=1,
            batch_format="numpy",
            compute=ray.data.ActorPoolStrategy(size=actors),
            **resources,
        )
        # Closed before Ray is shut down: a thread that still hands out work would connect to the cluster anew.
        with contextlib.closing(iter(outcomes.iter_rows())) as found:
            for row in found:
                if row["failed"]:
                    raise RayEngineError(f"a Ray worker failed: {row['failed']}")
                yield pickle.loads(row["result"])


class _Worker:
    """A function in a process of Ray's, which takes a row with one batch at a time."""

    def __init__(self, build: Callable[[], Callable[[Any], Any]]) -> None:
        self._build = build
        self._function: Callable[[Any], Any] | None = None

    def __call__(self, rows: dict[str, Any]) -> dict[str, list[Any]]:
        try:
            if self._function is None:
                self._function = self._build()
            result = self._function(pickle.loads(rows["batch"][0]))
        except (ValueError, OSError, ImportError) as error:
            # As a row, for what is raised here comes to the caller as a page of Ray's inner affairs, or not at all.
            return {"result": [b""], "failed": [str(error) or type(error).__name__]}
        return {"result": [pickle.dumps(result)], "failed": [""]}


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
