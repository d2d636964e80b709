"""Stands in for the Hugging Face hub: what its HTTP API answers to the client's upload and download of a file."""

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

TOKEN = "hf_of_a_test"


class HubStandIn:
    """A hub on this machine.

    Attributes:
        files: Content of each file, by "USER/NAME" and place.
        asked: Method and path of each request, in order.
        visibility: "private" or "public" of each repository that was made, by "USER/NAME".
    """

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], bytes] = {}
        self.damaged = False
        self.asked: list[str] = []
        self.visibility: dict[str, str] = {}
        self.uploaded: dict[str, bytes] = {}
        self.address = ""

    def commit(self) -> str:
        """Return the name of the commit that there is."""
        return hashlib.sha1(repr(sorted(self.files.items())).encode()).hexdigest()


@contextlib.contextmanager
def hub_stand_in(cache: Path) -> Iterator[HubStandIn]:
    """Start a hub on this machine that the client takes for the hub, logged in and with a cache of its own."""
    from huggingface_hub import constants

    hub = HubStandIn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_TOKEN", TOKEN)
        patch.setattr(constants, "ENDPOINT", hub.address)
        patch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: HubStandIn
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._send_file(with_content=False)

    def do_GET(self) -> None:
        self._send_file(with_content=True)

    def do_PUT(self) -> None:
        content = self._content()
        oid = self.path.rsplit("/", 1)[1]
        assert hashlib.sha256(content).hexdigest() == oid
        self.hub.uploaded[oid] = content
        self._send(200, {})

    def do_POST(self) -> None:
        content = self._content()
        if self.path == "/api/validate-yaml":
            self._send(200, {"errors": [], "warnings": []})
        elif self.headers.get("authorization") != f"Bearer {TOKEN}":
            self._send(401, {"error": "Invalid username or password."})
        elif self.path == "/api/repos/create":
            asked = json.loads(content)
            name = f"{asked['organization']}/{asked['name']}"
            shown = asked.get("visibility") or ("private" if asked.get("private") else "public")
            self.hub.visibility.setdefault(name, shown)
            self._send(200, {"url": f"{self.hub.address}/{name}"})
        elif "/preupload/" in self.path:
            places = [file["path"] for file in json.loads(content)["files"]]
            modes = {place: "lfs" if place.endswith(".safetensors") else "regular" for place in places}
            self._send(200, {"files": [{"path": p, "uploadMode": modes[p], "shouldIgnore": False} for p in places]})
        elif self.path.endswith("/info/lfs/objects/batch"):
            objects = json.loads(content)["objects"]
            for one in objects:
                one["actions"] = {"upload": {"href": f"{self.hub.address}/upload/{one['oid']}"}}
            self._send(200, {"transfer": "basic", "objects": objects})
        else:
            self._commit(self.path.removeprefix("/api/models/").partition("/commit/")[0], content)

    def _commit(self, name: str, content: bytes) -> None:
        for line in content.splitlines():
            asked = json.loads(line)
            if asked["key"] == "file":
                self.hub.files[name, asked["value"]["path"]] = base64.b64decode(asked["value"]["content"])
            elif asked["key"] == "lfsFile":
                self.hub.files[name, asked["value"]["path"]] = self.hub.uploaded[asked["value"]["oid"]]
        oid = self.hub.commit()
        self._send(200, {"commitUrl": f"{self.hub.address}/{name}/commit/{oid}", "commitOid": oid})

    def _send_file(self, *, with_content: bool) -> None:
        name, _, rest = self.path.lstrip("/").partition("/resolve/")
        revision, _, place = rest.partition("/")
        if (name, place) not in self.hub.files or revision not in {"main", self.hub.commit()}:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound" if revision == "main" else "RevisionNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = self.hub.files[name, place]
        self.hub.asked.append(f"{self.command} {self.path}")
        self.send_response(200)
        self.send_header("X-Repo-Commit", self.hub.commit())
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_content:
            self.wfile.write(content[::-1] if self.hub.damaged else content)

    def _content(self) -> bytes:
        self.hub.asked.append(f"{self.command} {self.path}")
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _send(self, status: int, tree: dict[str, Any]) -> None:
        content = json.dumps(tree).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *values: Any) -> None:
        pass
