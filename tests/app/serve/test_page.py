from extras import needs

needs("web")
needs("browser")

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from app.serve.served import Served, heads_and_clothes, make_served
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from ccreid.app.serve.application import web_application
from ccreid.app.serve.server import bound_socket

pytestmark = pytest.mark.slow

SCRIPT = "<img src=x onerror=document.title='broken'>"
PHONE = {"width": 390, "height": 844}

# A computer that is busy with other tests takes its time.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return make_served(tmp_path_factory.mktemp("served"), ("alice", "bob", SCRIPT, "dinh"))


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return make_served(tmp_path_factory.mktemp("apart"), model=heads_and_clothes)


@pytest.fixture(scope="module")
def address(served: Served) -> Iterator[str]:
    with _serving(served) as address:
        yield address


@contextmanager
def _serving(served: Served) -> Iterator[str]:
    listening = bound_socket("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(web_application(served.finder), log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    yield from _opened(browser, address)


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    yield from _opened(browser, address, viewport=PHONE, color_scheme="dark", has_touch=True)


@pytest.fixture
def apart_phone(browser: Browser, apart: Served) -> Iterator[Page]:
    with _serving(apart) as address:
        yield from _opened(browser, address, viewport=PHONE, color_scheme="dark", has_touch=True)


def _opened(browser: Browser, address: str, **settings: object) -> Iterator[Page]:
    page = browser.new_page(**settings)
    page.set_default_timeout(60_000)
    faults: list[str] = []
    elsewhere: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("request", lambda request: elsewhere.append(request.url))
    page.goto(address)
    expect(page.locator("#people .tile")).to_have_count(4)
    yield page
    assert not faults
    assert page.title() != "broken"
    assert not [url for url in elsewhere if not url.startswith((address, "blob:", "data:"))]
    page.close()


def _look_for(page: Page, photo: Path) -> None:
    page.set_input_files("#file", photo)
    expect(page.locator("#status")).to_contain_text("most similar")


def _names(page: Page) -> list[str]:
    return page.locator(".list .tile").evaluate_all("tiles => tiles.map((tile) => tile.innerText)")


def test_a_photo_finds_the_right_person_first_across_clothes_and_by_camera(page: Page, served: Served) -> None:
    _look_for(page, served.query)
    assert all("bob" in name for name in _names(page)[:4])
    assert "suit" in " ".join(_names(page)[:4])
    assert "red coat" in " ".join(_names(page)[:4])
    with page.expect_response("**/api/search"):
        page.get_by_label("north").check()
    expect(page.locator("#status")).to_contain_text("8 most similar")
    assert all("camera north" in name for name in _names(page))
    with page.expect_response("**/api/search"):
        page.fill("#since", "2026-05-06T00:00")
    expect(page.locator("#status")).to_have_text("Nothing else in the gallery is of these cameras and times.")
    expect(page.locator(".list .tile")).to_have_count(0)


def test_overlays_come_and_go(page: Page, served: Served) -> None:
    _look_for(page, served.query)
    pictures = page.locator(".list .tile img")
    for view, legend in (("What the model looks at", "speaks for the match"), ("Parts of the body", "upper clothes")):
        page.get_by_label(view).check()
        expect(page.locator("#legend")).to_contain_text(legend)
        expect(pictures.first).to_have_attribute("src", _begins("data:image/jpeg"))
        expect(page.locator("#query-picture")).to_have_attribute("src", _begins("data:image/jpeg"))
    page.get_by_label("Photos", exact=True).check()
    expect(pictures.first).to_have_attribute("src", _begins("/api/photo/"))
    expect(page.locator("#legend")).to_be_hidden()


def test_other_clothes_stand_beside_and_go_again(page: Page, served: Served) -> None:
    expect(page.locator("#redress")).to_be_disabled()
    _look_for(page, served.query)
    page.click("#redress")
    expect(page.locator(".lists.two .list")).to_have_count(2)
    first = page.locator(".list .own").nth(1).get_attribute("src")
    assert page.locator(".list").nth(1).locator(".tile").first.inner_text().count("bob") == 1
    with page.expect_response("**/api/other-clothes"):
        page.get_by_text("Try yet other clothes").click()
    page.wait_for_function("first => document.querySelectorAll('.list .own')[1].src !== first", arg=first)
    page.click("#undress")
    expect(page.locator(".list")).to_have_count(1)


def test_what_is_worn_counts_until_the_box_is_ticked_by_keyboard(
    apart_phone: Page, apart: Served, tmp_path: Path
) -> None:
    page = apart_phone
    _look_for(page, apart.photos["bob", "suit", "north"])
    assert not all("bob" in name for name in _names(page)[:3])
    box = page.get_by_label("What is worn does not count")
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    expect(page.locator("#status")).to_contain_text("whatever is worn")
    assert all("bob" in name for name in _names(page)[:3])
    page.click("#redress")
    expect(page.locator(".lists.two .list")).to_have_count(2)
    assert all("bob" in name for name in page.locator(".list").nth(1).locator(".tile").all_inner_texts()[:3])
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.click("#undress")
    pixels = np.array(Image.open(apart.query))
    pixels[:8] = 0
    Image.fromarray(pixels).save(tmp_path / "back.png")
    page.set_input_files("#file", tmp_path / "back.png")
    expect(page.get_by_role("alert")).to_contain_text("Back.png shows no head")
    expect(page.locator(".list")).to_have_count(0)
    box.uncheck()
    expect(page.locator("#status")).to_contain_text("The 12 most similar photos of 16")
    expect(page.locator("#status")).not_to_contain_text("whatever is worn")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_person_of_the_gallery_is_chosen_by_keyboard_and_names_stay_text(page: Page) -> None:
    page.locator("#people .tile").first.focus()
    names = page.locator("#people .tile").evaluate_all("tiles => tiles.map((tile) => tile.innerText)")
    place = next(place for place, name in enumerate(names) if "onerror" in name)
    for _ in range(place):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("most similar")
    assert all("onerror" in name for name in _names(page)[:3])
    assert page.evaluate("document.activeElement.id") == "results"
    page.fill("#name", "BO")
    expect(page.locator("#people .tile")).to_have_count(1)
    page.fill("#name", "nobody at all")
    expect(page.locator("#gallery-status")).to_have_text("Nobody of that name is in the gallery.")


def test_a_text_file_is_one_clear_sentence_and_a_photo_goes_on(page: Page, served: Served, tmp_path: Path) -> None:
    text = tmp_path / f"{SCRIPT.replace('/', '')}.txt"
    text.write_text("hello")
    page.set_input_files("#file", text)
    expect(page.get_by_role("alert")).to_contain_text("is broken or no image")
    expect(page.locator(".list")).to_have_count(0)
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(17 * 2**20))
    page.set_input_files("#file", large)
    expect(page.get_by_role("alert")).to_contain_text("Large.jpg has more than 16 MB")
    _look_for(page, served.query)
    expect(page.get_by_role("alert")).to_be_hidden()
    page.click("#clear")
    expect(page.locator("#query")).to_be_hidden()
    expect(page.locator("#status")).to_contain_text("Choose a photo")


def test_on_a_phone_at_night_everything_fits(phone: Page, served: Served) -> None:
    _look_for(phone, served.query)
    phone.click("#redress")
    expect(phone.locator(".lists.two .list")).to_have_count(2)
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    columns = phone.locator(".list").evaluate_all("lists => lists.map((list) => list.getBoundingClientRect().x)")
    assert columns[0] < columns[1]
    ground = phone.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, ground.removeprefix("rgb(").removesuffix(")").split(","))) < 200
    for button in phone.locator("button:visible").all():
        assert button.bounding_box()["height"] >= 40


def _begins(text: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(text)}")
