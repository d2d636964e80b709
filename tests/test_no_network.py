import socket
import subprocess
import sys

import loopback
import pytest

ELSEWHERE = ("192.0.2.1", 80)  # an address of no machine


@pytest.mark.answers("security", "a test that wants the network")
def test_other_machines_are_not_reached_and_that_is_noticed() -> None:
    with socket.socket() as asking, pytest.raises(ConnectionRefusedError, match="this machine alone"):
        asking.connect(ELSEWHERE)
    with pytest.raises(ConnectionRefusedError):
        socket.getaddrinfo("hub.example", 443)
    with socket.socket(type=socket.SOCK_DGRAM) as asking, pytest.raises(ConnectionRefusedError):
        asking.sendto(b"", ELSEWHERE)
    assert loopback.attempts == [
        "socket.connect 192.0.2.1",
        "socket.getaddrinfo hub.example",
        "socket.sendto 192.0.2.1",
    ]
    loopback.attempts.clear()


def test_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


@pytest.mark.answers("security", "a process of a test that wants the network")
def test_processes_of_tests_do_not_reach_others_either() -> None:
    code = f"import socket; socket.create_connection({ELSEWHERE!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "tests reach this machine alone, not 192.0.2.1" in done.stderr
