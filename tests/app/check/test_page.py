import re
from html.parser import HTMLParser
from pathlib import Path

from datasets.check.make_faulty import scene

from ccreid.app.check.page import write_page
from ccreid.datasets.check.check import DataCheck
from ccreid.datasets.check.finding import Finding, Gravity, Item
from ccreid.datasets.record import ImageRecord


class _Tags(HTMLParser):
    """Collects tags and the addresses that they name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "action"}]


def _page(path: Path, *findings: Finding, train: tuple[ImageRecord, ...] = ()) -> str:
    write_page(DataCheck(path, findings, train, title="a folder of people", seconds=1.0), path / "check.html")
    return (path / "check.html").read_text()


def _pictures(root: Path, count: int) -> list[Path]:
    paths = [root / f"{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        scene(number).save(path)
    return paths


def test_the_page_needs_no_other_file_and_no_network(tmp_path: Path) -> None:
    items = [Item([path]) for path in _pictures(tmp_path, 3)]
    page = _page(tmp_path, Finding("tiny", Gravity.DOUBTFUL, "3 images", "look", items))
    tags = _Tags(page)
    assert len(tags.addresses) == 3
    assert all(address.startswith("data:image/jpeg;base64,") for address in tags.addresses)
    assert not {"script", "link", "iframe"} & {*tags.tags}
    assert "http" not in page
    assert "url(" not in page


def test_names_and_notes_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "<script>alert(1)<" / "b>.jpg"
    path.parent.mkdir()
    scene(0).save(path)
    note = "<img src=x onerror=alert(1)>"
    page = _page(tmp_path, Finding("x", Gravity.STOPS, "1 <b>", "`a` & <i>", [Item([path], note)]))
    tags = _Tags(page)
    assert not {"script", "b"} & {*tags.tags}
    assert tags.tags.count("img") == 1
    assert "&lt;script&gt;alert(1)&lt;/<wbr>b&gt;.jpg" in page
    assert "<code>a</code> &amp; &lt;i&gt;" in page


def test_a_name_that_is_no_text_is_shown_escaped(tmp_path: Path) -> None:
    page = _page(tmp_path, Finding("x", Gravity.STOPS, "1", "do", [Item([tmp_path / "caf\udce9.jpg"])]))
    assert r"caf\udce9.jpg" in page
    assert "no picture" in page


def test_of_many_files_some_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    paths = _pictures(tmp_path, 60)
    items = [Item(paths[:6], "one person"), *(Item([path]) for path in paths[6:])]
    page = _page(tmp_path, Finding("tiny", Gravity.DOUBTFUL, "60 images", "look", items))
    assert page.count("<img ") == 4 + 23
    assert "one person (and 2 more)" in page
    assert "and 31 more, which" in page


def test_the_verdict_and_the_bars_are_those_of_the_check(tmp_path: Path) -> None:
    records = tuple(ImageRecord(Path(f"{n}.jpg"), None, n // 2, "north", None, 0) for n in range(4))
    page = _page(tmp_path, train=records)
    assert "nothing is doubtful" in page
    assert re.search(r'name">north</div>.*?width: 75.00%.*?4 images', page, re.DOTALL)
    assert "Training or evaluation would fail" in _page(tmp_path, Finding("x", Gravity.STOPS, "1", "do"))
