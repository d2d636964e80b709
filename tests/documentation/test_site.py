"""The documentation as a site: it builds without a warning, and its pages need nothing but each other."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from documentation.pages import DOCS, ROOT
from extras import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """Collects what a page links to, what it loads, and the ids that links may lead to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" and "href" in values and values.get("rel") not in {"canonical", "prev", "next"}:
            self.loads.append(values["href"])
        elif tag in {"img", "script", "source", "iframe"} and "src" in values:
            self.loads.append(values["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("docs")
    root = tmp_path_factory.mktemp("site")
    for name in ("zensical.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(DOCS, root / "docs")
    (root / "src").symlink_to(ROOT / "src")
    build = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    done = subprocess.run(build, cwd=root, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    return root / "build" / "site"


def test_every_page_is_built(site: Path) -> None:
    assert {path.stem for path in DOCS.glob("*.md")} <= {path.stem for path in site.glob("*.html")}


def test_all_links_inside_the_site_resolve(site: Path) -> None:
    pages = {path: Page(path) for path in site.glob("*.html") if path.name != "404.html"}
    assert len(pages) > 20
    dead = []
    for path, page in pages.items():
        for link in [*page.links, *page.loads]:
            if re.match(r"[a-z]+:|//", link):
                continue
            place, _, anchor = unquote(link).partition("#")
            target = path if place in {"", "."} else (path.parent / place.partition("?")[0]).resolve()
            if not target.is_file() or (anchor and target in pages and anchor not in pages[target].ids):
                dead.append(f"{path.name}: {link}")
    assert not dead, "\n".join(dead)


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    for path in site.glob("*.html"):
        assert not [link for link in Page(path).loads if re.match(r"https?:|//", link)], path.name
    assert (site / "search.js").is_file()  # a search that works without a server


def test_the_search_finds_pages_where_the_site_is_opened_from_the_disk(site: Path, browser: "Browser") -> None:
    page = browser.new_page()
    page.set_default_timeout(120_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("false-match rate")
    page.wait_for_selector("text=/[1-9][0-9]* results?/")
    page.close()
    assert not [url for url in asked if url.startswith("http")]


def test_a_dead_link_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="b.html#there">b</a><img src="c.png"><h1 id="here">a</h1>')
    page = Page(tmp_path / "a.html")
    assert (page.links, page.loads, page.ids) == (["b.html#there"], ["c.png"], {"here"})


def test_the_reference_shows_arguments_and_errors(site: Path) -> None:
    text = re.sub(r"<[^>]+>", "", (site / "api.html").read_text())
    assert all(word in text for word in ("from_pretrained", "Raises", "float32 (N, D)", "PixelSampling"))
