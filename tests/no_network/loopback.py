"""Refuses every connection but to this machine, and keeps what was tried."""

import ipaddress
import socket
import sys
from typing import Any

attempts: list[str] = []
"""Where this process wanted to connect to, since it was last looked at."""

_refusing: list[bool] = []

# What Python says before it connects, sends or looks a name up, and the place of the address in what it says.
_PLACES = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}


def refuse_others() -> None:
    """Refuse connections to other machines from now on, to the end of the process; once, however often it is called."""
    if not _refusing:
        _refusing.append(True)
        sys.addaudithook(_look)


def is_near(address: Any) -> bool:
    """Whether an address, as Python's sockets take them, is of this machine; so is a name of its own."""
    if not isinstance(address, tuple):  # a socket that is a file
        return True
    host = address[0].decode() if isinstance(address[0], bytes) else address[0]
    if not host or host in {"localhost", socket.gethostname()}:
        return True
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified or host in _own_addresses()


def _look(event: str, said: tuple[Any, ...]) -> None:
    place = _PLACES.get(event)
    if place is None:
        return
    address = said[place] if place else (said[place],)
    # A datagram's socket sends nothing as it is connected: so programs find out which address they have themselves.
    only_asks = event == "socket.connect" and said[0].type == socket.SOCK_DGRAM
    # Of an address nobody needs to ask for the name.
    looks_nothing_up = event == "socket.getaddrinfo" and _is_address(address[0])
    if only_asks or looks_nothing_up or is_near(address):
        return
    attempts.append(f"{event} {address[0]}")
    raise ConnectionRefusedError(f"tests reach this machine alone, not {address[0]}")


def _is_address(host: Any) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _own_addresses() -> set[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # of no machine
        except OSError:
            return set()
        return {asking.getsockname()[0]}
