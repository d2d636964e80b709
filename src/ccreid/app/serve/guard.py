"""The door of the server: whom it answers, how much it reads, and what it forbids browsers."""

import asyncio
import ipaddress
import json
import socket
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ccreid.app.serve.photo import MOST_BYTES

MOST_SENT: Final = 2 * MOST_BYTES + 2**16
"""Bytes of a request: two photos, and room for what is said beside them."""

# Seconds in which a request must have come in whole.
_PATIENCE: Final = 60

# A request that is too large is read to its end, so that its sender reads the answer; but not for ever.
_DROPPED: Final = 4 * MOST_SENT

_HEADERS: Final = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        b"form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)


class Guard:
    """Lets requests of this server's own pages and of programs through, and no other site's.

    A site that a user has open can send requests to 127.0.0.1 as well; browsers say by Origin and Sec-Fetch-Site whose
    they are, and by Host whether a name was bent to this address.

    Args:
        app: Who answers.
        names: By which the server may be called, beside addresses in numbers.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it.

        Args:
            scope: See ASGI.
            receive: See ASGI.
            send: See ASGI.
        """
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets here
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in _HEADERS}
                kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in own]
                message = {**message, "headers": [*kept, *_HEADERS]}
            await send(message)

        refusal = self._refusal(scope["method"], scope["path"], Headers(scope=scope))
        if refusal:
            await _refuse(guarded, 403, refusal)
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                body = await _body(receive)
        except TimeoutError:
            await _refuse(guarded, 408, f"the request did not come in whole within {_PATIENCE} seconds: send it again")
            return
        if body is None:
            most = MOST_BYTES // 2**20
            await _refuse(guarded, 413, f"the request is too large: a photo may have {most} MB, send a smaller one")
            return
        await self._app(scope, _replayed(body, receive), guarded)

    def _refusal(self, method: str, path: str, headers: Headers) -> str:
        host = headers.get("host", "")
        if not self._is_own(host):
            return f"this server is not {_said(host)}: use the address that it printed, or start it with --name"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return f"requests of other sites are refused, and this one is of {_said(origin)}"
        # Links from other sites lead to the pages, and to nothing else.
        is_link = method == "GET" and path in {"/", "/api"} and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and not is_link:
            return "requests of other sites are refused: open this server's own page"
        return ""

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            if name in self._names:
                return True
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def known_names(host: str) -> set[str]:
    """Return the names by which a server at an address may be called.

    >>> sorted(known_names("127.0.0.1"))
    ['localhost']

    Args:
        host: What it is bound to: an address or a name.
    """
    names = {"localhost"}
    try:
        if not ipaddress.ip_address(host).is_loopback:
            names |= {socket.gethostname(), f"{socket.gethostname()}.local"}
    except ValueError:
        names.add(host)
    return names


async def _body(receive: Receive) -> bytes | None:
    """Return what was sent, None where it is too much."""
    pieces: list[bytes] = []
    size, more = 0, True
    while more and size <= _DROPPED:
        message = await receive()
        if message["type"] != "http.request":
            break
        piece = message.get("body", b"")
        size, more = size + len(piece), message.get("more_body", False)
        if size > MOST_SENT:
            pieces.clear()
        else:
            pieces.append(piece)
    return None if size > MOST_SENT else b"".join(pieces)


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"error": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status in {408, 413}:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _said(text: str) -> str:
    return repr(text[:100])
