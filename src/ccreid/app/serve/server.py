"""Serving an application at an address, from the socket to the end by Ctrl-C."""

import ipaddress
import socket
import sys

import uvicorn
from starlette.types import ASGIApp

from ccreid.errors import BadValueError, CcreidError

# Connections at once; those beyond are told to come again, so that memory has a bound.
_CONNECTIONS = 128


class AddressError(CcreidError, OSError):
    """The server cannot be bound to an address; the message says why."""


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address.

    Args:
        host: An address or a name of this machine.
        port: 0 for any that is free.

    Raises:
        BadValueError: The port is out of its range.
        AddressError: The address is taken, or none of this machine's.
    """
    if not 0 <= port <= 65535:
        raise BadValueError(f"--port is {port}, expected 0..65535")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((str(address[0]), port), family=family)
    except OSError as error:
        raise AddressError(
            f"{host}:{port} cannot be served at ({error.strerror or error}): choose another --port or --host"
        ) from error


def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve until Ctrl-C; where, is printed.

    Args:
        app: The application.
        host: An address or a name of this machine.
        port: 0 for any that is free.

    Raises:
        BadValueError: The port is out of its range.
        AddressError: The address is taken, or none of this machine's.
    """
    listening = bound_socket(host, port)
    name, number = listening.getsockname()[:2]
    print(f"serving http://{f'[{name}]' if ':' in name else name}:{number} until Ctrl-C", flush=True)
    if not ipaddress.ip_address(name).is_loopback:
        print("whoever reaches this address sees the gallery: there is no password", file=sys.stderr)
    settings = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=5,
        ws="none",
    )
    try:
        uvicorn.Server(settings).run(sockets=[listening])
    except KeyboardInterrupt:  # is how it is meant to end
        pass
    finally:
        listening.close()
