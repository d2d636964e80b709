from extras import needs

needs("web")

import base64
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from app.serve.served import NAMES, Served, heads, heads_and_clothes, made_parser, make_served
from models.made_calibration import a_calibration
from PIL import Image
from retrieval.colour_model import colour_model
from starlette.formparsers import MultiPartParser
from starlette.testclient import TestClient

from ccreid.app.serve import photo
from ccreid.app.serve.application import web_application
from ccreid.app.serve.finder import Finder
from ccreid.app.serve.photo import checked_photo
from ccreid.retrieval.feature_mark import OtherModelError
from ccreid.retrieval.filters import Filters
from ccreid.retrieval.gallery import Gallery
from ccreid.retrieval.store import open_store

SCRIPT = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return make_served(tmp_path_factory.mktemp("served"))


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    # Not entered: at its end the application would close the gallery, which all tests here share.
    yield TestClient(web_application(served.finder), base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return make_served(tmp_path_factory.mktemp("apart"), model=heads_and_clothes)


@pytest.fixture
def apart_client(apart: Served) -> Iterator[TestClient]:
    yield TestClient(web_application(apart.finder), base_url="http://127.0.0.1", raise_server_exceptions=False)


def _picture(uri: str) -> np.ndarray:
    kind, _, data = uri.partition(",")
    assert kind == "data:image/jpeg;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def _post(client: TestClient, path: str, name: str | None = None, data: bytes = b"", **fields: object) -> Any:
    files = None if name is None else {"photo": (name, data)}
    return client.post(f"/api/{path}", files=files, data=fields)


def test_a_photo_finds_the_right_person_first_in_other_clothes(client: TestClient, served: Served) -> None:
    answer = _post(client, "search", "bob.png", served.query.read_bytes(), top=5).json()
    assert [hit["identity"] == "bob" for hit in answer["found"]] == [True] * 4 + [False]
    assert answer["entries"] == 16
    first = answer["found"][0]
    assert (first["rank"], first["same"]) == (1, None)
    assert {hit["clothes"] for hit in answer["found"][:4]} == {"suit", "red coat"}
    assert str(served.query.parent) not in str(answer)
    shown = client.get(first["photo"])
    assert Image.open(io.BytesIO(shown.content)).size == (16, 32)


def test_an_entry_finds_the_same_as_its_photo_but_not_itself(client: TestClient, served: Served) -> None:
    own = served.photos["bob", "suit", "north"].read_bytes()
    by_photo = _post(client, "search", "own.png", own, top=15).json()["found"]
    (person,) = client.get("/api/people", params={"name": "BO"}).json()["people"]
    assert (person["identity"], person["photos"], person["cameras"]) == ("bob", 4, ["north", "south"])
    by_id = _post(client, "search", id=person["id"], top=15).json()["found"]
    assert [hit["id"] for hit in by_id] == [hit["id"] for hit in by_photo]
    assert person["id"] not in {hit["id"] for hit in by_id}
    assert [hit["similarity"] for hit in by_id] == pytest.approx([hit["similarity"] for hit in by_photo], abs=1e-3)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"camera": "north"}, 8),
        ({"camera": ["north", "south"]}, 16),
        ({"since": "2026-05-05"}, 8),
        ({"until": "2026-05-04"}, 8),
        ({"since": "2026-05-04T11:00", "until": "2026-05-05T10:30", "camera": "south"}, 4),
        ({"camera": "east"}, 0),
        ({"camera": "", "since": "", "until": ""}, 16),
    ],
)
def test_filters_leave_what_passes(client: TestClient, served: Served, filters: dict[str, object], count: int) -> None:
    answer = _post(client, "search", "bob.png", served.query.read_bytes(), top=50, **filters)
    assert (answer.status_code, len(answer.json()["found"])) == (200, count)
    for hit in answer.json()["found"]:
        assert hit["camera"] in (filters.get("camera") or ("north", "south"))
        assert str(filters.get("since", "")) <= hit["time"]


def test_people_are_listed_in_pages_with_all_cameras(client: TestClient) -> None:
    first = client.get("/api/people", params={"limit": 3}).json()
    rest = client.get("/api/people", params={"limit": 3, "offset": 3}).json()
    assert [person["identity"] for person in first["people"] + rest["people"]] == list(NAMES)
    assert (first["total"], first["entries"], first["looked_at"], first["cameras"]) == (4, 16, 16, ["north", "south"])


@pytest.mark.parametrize("kind", ["activation", "parts"])
def test_overlays_have_the_photos_sizes(client: TestClient, served: Served, kind: str) -> None:
    data = served.query.read_bytes()
    found = [hit["id"] for hit in _post(client, "search", "bob.png", data, top=2).json()["found"]]
    answer = _post(client, "overlays", "bob.png", data, kind=kind, found=found).json()
    for uri in (answer["photo"], *answer["found"]):
        assert _picture(uri).shape == (32, 16, 3)
    assert len(answer["found"]) == 2
    assert all(colour["colour"].startswith("#") for colour in answer["legend"])
    assert len(_post(client, "overlays", id=found[0], kind=kind).json()["found"]) == 0


def test_in_other_clothes_the_head_finds_the_same_person(client: TestClient, served: Served) -> None:
    data = served.query.read_bytes()
    plain = np.asarray(Image.open(served.query))
    pictures = []
    for seed in (0, 1):
        answer = _post(client, "other-clothes", "bob.png", data, top=4, seed=seed).json()
        assert {hit["identity"] for hit in answer["found"]} == {"bob"}
        pictures.append(_picture(answer["picture"]).astype(int))
        np.testing.assert_allclose(pictures[-1][:6], plain[:6], atol=24)  # a JPEG's pixels
        assert abs(pictures[-1][12:28, 6:10] - plain[12:28, 6:10]).mean() > 10
    assert abs(pictures[0] - pictures[1]).mean() > 5


def test_nobody_wears_their_own_clothes_as_others(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    (person,) = client.get("/api/people", params={"name": "bob"}).json()["people"]
    lent: list[str] = []
    monkeypatch.setattr("ccreid.app.serve.finder._pixels", lambda entry, gallery: lent.append(entry.identity))
    assert _post(client, "other-clothes", id=person["id"]).status_code == 400
    assert len(lent) == 12
    assert "bob" not in lent


def test_two_photos_are_compared_and_decided_where_the_model_has_a_threshold(
    client: TestClient, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, alice = served.query.read_bytes(), served.photos["alice", "suit", "north"].read_bytes()
    files = {"photo": ("a.png", bob), "other_photo": ("b.png", served.photos["bob", "suit", "north"].read_bytes())}
    answer = client.post("/api/compare", files=files).json()
    assert answer["similarity"] > 0.99
    assert answer["same"] is None
    at_one_in_a_hundred = SimpleNamespace(similarity=SimpleNamespace(value=0.98))
    calibration = SimpleNamespace(at=lambda fmr: at_one_in_a_hundred if fmr == 0.01 else None)
    monkeypatch.setattr(served.finder.model, "calibration", calibration, raising=False)
    assert client.post("/api/compare", files=files).json()["same"] is True
    answer = client.post("/api/compare", files={**files, "other_photo": ("c.png", alice)}).json()
    assert answer["same"] == (answer["similarity"] >= 0.98) is False
    found = _post(client, "search", "bob.png", bob, top=16).json()
    assert found["same_person_from"] == 0.98
    assert {hit["same"] for hit in found["found"]} == {True, False}
    assert client.get("/api/health").json()["same_person_from"] == 0.98


def test_a_person_comes_first_in_any_clothes_where_what_is_worn_does_not_count(
    apart_client: TestClient, apart: Served
) -> None:
    photo = apart.photos["bob", "suit", "north"].read_bytes()
    (person,) = apart_client.get("/api/people", params={"name": "bob"}).json()["people"]
    for who in ({"name": "bob.png", "data": photo}, {"id": person["id"]}):
        whole, left = (
            _post(apart_client, "search", top=15, other_clothes=flag, **who).json()["found"] for flag in (False, True)
        )
        assert [hit["identity"] for hit in whole[:3]] != ["bob"] * 3
        assert [hit["identity"] == "bob" for hit in left] == [True] * 3 + [False] * 12
        assert {hit["clothes"] for hit in left[:3]} == {"suit", "red coat"}
        assert left[0]["similarity"] < 0.5 < whole[0]["similarity"]
    with Gallery(apart.finder.uri, heads_and_clothes()) as gallery:
        (expected,) = gallery.search(apart.photos["bob", "suit", "north"], top=15, other_clothes=True)
    assert [hit["id"] for hit in left] == [hit.entry.id for hit in expected]
    assert apart_client.get("/api/health").json()["keeps_clothes_apart"] is True


def test_the_model_s_threshold_marks_nothing_where_what_is_worn_does_not_count(
    apart_client: TestClient, apart: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart.finder.model, "calibration", a_calibration(0.3))
    data = apart.query.read_bytes()
    for path in ("search", "other-clothes"):
        whole, left = (_post(apart_client, path, "bob.png", data, other_clothes=flag).json() for flag in (0, 1))
        assert (whole["same_person_from"], left["same_person_from"]) == (0.3, None)
        assert None not in {hit["same"] for hit in whole["found"]}
        assert {hit["same"] for hit in left["found"]} == {None}


def test_a_threshold_that_was_measured_so_marks_who_is_found_in_other_clothes(apart: Served) -> None:
    finder = Finder(open_store(apart.finder.uri), heads_and_clothes(), made_parser(), {True: 0.3})
    client = TestClient(web_application(finder), base_url="http://127.0.0.1")
    data = apart.query.read_bytes()
    whole, left = (_post(client, "search", "bob.png", data, top=16, other_clothes=flag).json() for flag in (0, 1))
    assert (whole["same_person_from"], left["same_person_from"]) == (None, 0.3)
    assert {hit["same"] for hit in whole["found"]} == {None}
    assert [hit["same"] for hit in left["found"]] == [hit["similarity"] >= 0.3 for hit in left["found"]]
    assert {hit["same"] for hit in left["found"]} == {True, False}


def test_what_the_model_looks_at_is_the_head_alone_where_what_is_worn_does_not_count(apart: Served) -> None:
    photo = checked_photo("bob.png", apart.query.read_bytes())
    for other_clothes in (False, True):
        asked = apart.finder.asked(photo, None, other_clothes)
        found = [hit.entry.id for hit in apart.finder.search(asked, 3, Filters())]
        for picture in apart.finder.overlays(asked, found, "activation"):
            below = np.asarray(picture).astype(int)[12:]
            # All colour is heat: where there is none, grey lies under the same colour everywhere.
            colour = below - below.mean(axis=2, keepdims=True)
            assert (np.ptp(colour, axis=(0, 1)).max() < 1.5) == other_clothes


def test_clothes_that_do_not_count_can_be_repainted_too(apart_client: TestClient, apart: Served) -> None:
    painted = _post(
        apart_client, "other-clothes", "bob.png", apart.query.read_bytes(), top=4, other_clothes=True
    ).json()
    assert {hit["identity"] for hit in painted["found"]} == {"bob"}
    assert max(hit["similarity"] for hit in painted["found"]) < 0.5


@pytest.mark.parametrize("path", ["search", "other-clothes", "overlays"])
def test_a_model_without_clothes_and_a_photo_without_a_head_are_one_clear_sentence(
    client: TestClient, apart_client: TestClient, apart: Served, tmp_path: Path, path: str
) -> None:
    fields = {"kind": "parts"} if path == "overlays" else {}
    answer = _post(client, path, "bob.png", apart.query.read_bytes(), other_clothes=True, **fields)
    assert answer.status_code == 400
    assert "heads does not keep clothes apart in its features" in answer.json()["error"]
    assert client.get("/api/health").json()["keeps_clothes_apart"] is False
    pixels = np.array(Image.open(apart.query))
    pixels[:8] = 0
    Image.fromarray(pixels).save(tmp_path / "back.png")
    data = (tmp_path / "back.png").read_bytes()
    answer = _post(apart_client, path, "back.png", data, other_clothes=True, **fields)
    assert (answer.status_code, answer.json()["error"].partition(",")[0]) == (400, "back.png shows no head")
    assert _post(apart_client, path, "back.png", data, **fields).status_code == 200


def test_only_where_the_model_keeps_clothes_apart_the_page_has_a_box_for_it(
    client: TestClient, apart_client: TestClient
) -> None:
    assert ["What is worn does not count" in one.get("/").text for one in (client, apart_client)] == [False, True]
    assert "false where left out" in client.get("/api").text


@pytest.mark.parametrize(
    ("name", "data", "status", "said"),
    [
        ("notes.txt", b"hello", 400, "notes.txt is broken or no image"),
        ("cut.png", "cut", 400, "cut.png is broken or no image"),
        ("empty.jpg", b"", 400, "empty.jpg is broken or no image"),
        ("large.jpg", b"x" * (photo.MOST_BYTES + 1), 413, "large.jpg has more than 16 MB"),
        ("huge.jpg", b"x" * (3 * photo.MOST_BYTES), 413, "a photo may have 16 MB"),
        (f"{SCRIPT}.txt", b"hello", 400, f"{SCRIPT}.txt is broken"),
    ],
)
def test_what_is_no_good_photo_is_one_clear_sentence(
    client: TestClient, served: Served, name: str, data: bytes | str, status: int, said: str
) -> None:
    sent = served.query.read_bytes()[:200] if isinstance(data, str) else data
    for path in ("search", "other-clothes", "compare"):
        answer = _post(client, path, name, sent)
        assert answer.status_code == status
        assert list(answer.json()) == ["error"]
        assert said in answer.json()["error"]
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "fields", "status", "said"),
    [
        ("search", {}, 400, "give either a photo or the id of an entry"),
        ("search", {"id": "nobody"}, 404, "no entry 'nobody'"),
        ("search", {"id": "nobody", "since": "noon"}, 400, "since is 'noon', expected a time"),
        ("search", {"id": "nobody", "since": "2026-05-02", "until": "2026-05-01"}, 400, "exchange them"),
        ("search", {"id": "nobody", "top": 0}, 422, "top is not as expected"),
        ("search", {"id": "nobody", "top": 101}, 422, "top is not as expected"),
        ("overlays", {"id": "nobody", "kind": "bones"}, 422, "kind is not as expected"),
        ("overlays", {"id": "nobody", "kind": "parts", "found": ["x"] * 25}, 422, "found is not as expected"),
        ("nothing", {}, 404, "the page is at /, the API at /api"),
        ("health", {}, 405, "does not take POST"),
    ],
)
def test_what_is_asked_wrongly_is_one_clear_sentence(
    client: TestClient, path: str, fields: dict[str, object], status: int, said: str
) -> None:
    answer = _post(client, path, **fields)
    assert answer.status_code == status
    assert said in answer.json()["error"]


@pytest.mark.answers("security", "another site that asks to read answers")
def test_other_sites_are_refused(client: TestClient, served: Served) -> None:
    files = {"photo": ("bob.png", served.query.read_bytes())}
    answer = client.post("/api/search", files=files, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
    answer = client.options(
        "/api/search", headers={"origin": "http://evil.example", "access-control-request-method": "POST"}
    )
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.answers("security", "an upload that is to be kept nowhere")
def test_nothing_that_is_sent_comes_to_the_disk(
    client: TestClient, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MultiPartParser.spool_max_size >= photo.MOST_BYTES
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *_, **__: pytest.fail("written to disk"))
    noise = np.random.default_rng(0).integers(0, 256, (1200, 800, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    assert len(buffer.getvalue()) > 2**21
    assert _post(client, "search", "noise.png", buffer.getvalue()).status_code == 200


@pytest.mark.answers("security", "a person whose name holds a script, on the page that is served")
def test_the_pages_load_nothing_from_elsewhere_and_escape_names(tmp_path: Path) -> None:
    served = make_served(tmp_path, (SCRIPT, "bob"), f"{SCRIPT}.parquet")
    client = TestClient(web_application(served.finder), base_url="http://127.0.0.1")
    for path in ("/", "/api", "/static/serve.css", "/static/serve.js"):
        text = client.get(path).text
        assert SCRIPT not in text
        assert "https://" not in text
        assert text.count("http://") == text.count("http://127.0.0.1:7860")
        assert "innerHTML" not in text
    assert "&lt;img src=x" in client.get("/").text
    said = client.get("/api/people")
    assert said.headers["content-type"] == "application/json"
    assert SCRIPT in {person["identity"] for person in said.json()["people"]}


@pytest.mark.answers("security", "who asks the server where files lie")
def test_no_answer_says_where_files_lie(client: TestClient, served: Served) -> None:
    data = served.query.read_bytes()
    found = _post(client, "search", "bob.png", data).json()["found"][0]
    answers = [client.get(path) for path in ("/", "/api", "/api/health", "/api/people", found["photo"])]
    answers += [_post(client, "search", "bob.png", data), _post(client, "search", "../../etc/passwd", b"root:x")]
    answers += [_post(client, "overlays", "bob.png", data, kind="parts", found=[found["id"]])]
    answers += [client.get(f"/api/photo/{id}") for id in ("0" * 64, "..%2F..%2Fetc%2Fpasswd")]
    answers += [client.get(path) for path in ("/static/..%2f..%2fserver.py", "/static/%2e%2e/cli.py", "/etc/passwd")]
    table = Path(served.finder.uri)
    table.rename(table.with_suffix(".gone"))
    answers += [_post(client, "search", "bob.png", data), client.get(found["photo"])]
    table.with_suffix(".gone").rename(table)
    assert {answer.status_code for answer in answers} == {200, 400, 404}
    for answer in answers:
        assert str(table.parent).encode() not in answer.content
        assert b"root:" not in answer.content


@pytest.mark.answers("security", "a gallery that names files of this machine, to have them shown")
def test_only_photos_that_were_embedded_are_shown(tmp_path: Path) -> None:
    served = make_served(tmp_path)
    client = TestClient(web_application(served.finder), base_url="http://127.0.0.1", raise_server_exceptions=False)
    found = _post(client, "search", "bob.png", served.query.read_bytes(), top=1).json()["found"][0]
    assert client.get(found["photo"]).status_code == 200
    # In the place of the photo lies another, as where the gallery's maker wrote another's path.
    shown = served.photos["bob", "suit", "north"].parent / found["name"]
    Image.new("RGB", (20, 40), "red").save(shown)
    answer = client.get(found["photo"])
    assert (answer.status_code, "is not the one that was embedded" in answer.json()["error"]) == (404, True)
    pictures = _post(client, "overlays", "bob.png", served.query.read_bytes(), kind="parts", found=[found["id"]])
    assert pictures.json()["found"] == [None]


def test_the_api_is_described(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    page = client.get("/api").text
    assert len(described["paths"]) == 7
    for path, methods in described["paths"].items():
        assert f"<code>{next(iter(methods)).upper()} {path}</code>" in page
    assert "file" in page
    assert client.get("/docs").status_code == 404


def test_without_a_gallery_the_page_is_there_and_says_what_to_do(tmp_path: Path) -> None:
    finder = Finder(open_store(tmp_path / "none.parquet"), heads(), made_parser())
    with TestClient(web_application(finder), base_url="http://127.0.0.1") as client:
        assert client.get("/").status_code == 200
        assert client.get("/api/people").json()["entries"] == 0
        Image.new("RGB", (20, 40), "red").save(tmp_path / "a.png")
        answer = _post(client, "search", "a.png", (tmp_path / "a.png").read_bytes())
        assert (answer.status_code, "ccreid embed" in answer.json()["error"]) == (404, True)


def test_a_photo_that_is_gone_is_no_picture_and_no_fault(tmp_path: Path) -> None:
    served = make_served(tmp_path)
    client = TestClient(web_application(served.finder), base_url="http://127.0.0.1")
    data = served.query.read_bytes()
    found = _post(client, "search", "bob.png", data, top=2).json()["found"]
    for path in served.photos.values():
        path.unlink()
    assert client.get(found[0]["photo"]).status_code == 404
    for kind in ("parts", "activation"):
        answer = _post(client, "overlays", "bob.png", data, kind=kind, found=[hit["id"] for hit in found]).json()
        assert answer["found"] == [None, None]
        assert _picture(answer["photo"]).shape == (32, 16, 3)
    answer = _post(client, "other-clothes", "bob.png", data)
    assert "no clothes were found on the gallery's photos" in answer.json()["error"]


def test_a_fault_of_ours_is_json_too(client: TestClient, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.finder, "count", lambda: 1 / 0)
    answer = client.get("/api/health")
    assert answer.status_code == 500
    assert answer.json()["error"].startswith("this is a bug in ccreid")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_gallery_of_another_model_is_refused(served: Served) -> None:
    with pytest.raises(OtherModelError, match="heads"):
        Finder(open_store(served.finder.uri), colour_model(), made_parser())
