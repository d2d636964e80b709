"""A Ray cluster of two nodes on this machine."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from extras import needs

TESTS = Path(__file__).parent
SMALL = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_dashboard": False}


# A lost node is to be noticed in seconds, not in half a minute.
HEALTH = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 3}


class TwoNodes:
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


def _start(attempts: int) -> TwoNodes:
    """Start the nodes; Ray gives up on one whose helpers take more than 15 s, as they may on a busy machine."""
    try:
        return TwoNodes()
    except Exception:
        if attempts == 1:
            raise
        return _start(attempts - 1)


@contextlib.contextmanager
def started_nodes() -> Iterator[TwoNodes]:
    """Start the cluster, to which RAY_ADDRESS leads in the block; skip the test where Ray is not installed."""
    needs("ray")
    with pytest.MonkeyPatch.context() as patch:
        # The workers must find what tests made up.
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")])))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        nodes = _start(attempts=3)
        patch.setenv("RAY_ADDRESS", nodes.address)
        yield nodes
        nodes.shut_down()
