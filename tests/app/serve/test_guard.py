from extras import needs

needs("web")

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ccreid.app.serve import guard
from ccreid.app.serve.guard import Guard, known_names


async def _length(request: Request) -> JSONResponse:
    return JSONResponse({"length": len(await request.body())}, headers={"cache-control": "max-age=9"})


@pytest.fixture
def client() -> Iterator[TestClient]:
    routes = [Route("/{path:path}", _length, methods=["GET", "POST"])]
    with TestClient(Guard(Starlette(routes=routes), ["localhost"]), base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.mark.answers("security", "another site that sends requests, also by a name bent to this address")
@pytest.mark.parametrize(
    ("path", "headers", "passes"),
    [
        ("/api/search", {}, True),
        ("/api/search", {"origin": "http://127.0.0.1:7860"}, True),
        ("/api/search", {"origin": "http://127.0.0.1:7861"}, False),
        ("/api/search", {"origin": "http://evil.example"}, False),
        ("/api/search", {"origin": "null"}, False),
        ("/api/search", {"host": "localhost:7860", "origin": "http://localhost:7860"}, True),
        ("/api/search", {"host": "evil.example", "origin": "http://evil.example"}, False),
        ("/api/search", {"host": "[::1]:7860"}, True),
        ("/api/search", {"host": "[::1"}, False),
        ("/api/search", {"host": ""}, False),
        ("/api/photo/1", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, False),
        ("/api/photo/1", {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}, False),
        ("/api/photo/1", {"sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors"}, True),
        ("/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),
        ("/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}, False),
    ],
)
def test_other_sites_and_bent_names_are_refused(
    client: TestClient, path: str, headers: dict[str, str], passes: bool
) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == (200 if passes else 403)
    if not passes:
        assert list(answer.json()) == ["error"]
    assert "access-control-allow-origin" not in answer.headers


def test_every_answer_forbids_browsers_what_the_page_does_not_need(client: TestClient) -> None:
    for answer in (client.get("/"), client.get("/", headers={"host": "evil.example"})):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers.get_list("cache-control") == ["no-store"]


@pytest.mark.answers("security", "an upload that is too large")
@pytest.mark.parametrize("said", [True, False])
def test_a_request_that_is_too_large_is_refused_whether_or_not_it_says_so(
    client: TestClient, said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MOST_SENT", 1000)
    assert client.post("/", content=b"x" * 1000).json() == {"length": 1000}
    answer = client.post("/", content=b"x" * 1001 if said else (b"x" * 300 for _ in range(4)))
    assert answer.status_code == 413
    assert "a photo may have 16 MB" in answer.json()["error"]


def test_a_server_for_others_answers_to_the_machines_name_as_well() -> None:
    assert known_names("::1") == {"localhost"}
    assert len(known_names("0.0.0.0")) == 3
    assert known_names("people.example") == {"localhost", "people.example"}
