import re
from pathlib import Path, PurePosixPath

from ccreid.parsing.tree.batch import Outcome
from ccreid.parsing.tree.overlay_index import INDEX, by_plausibility, write_index


def _outcome(name: str, plausibility: float, doubts: str = "", status: str = "written") -> Outcome:
    return Outcome(PurePosixPath(name), status, "", plausibility, doubts)  # type: ignore[arg-type]


def test_the_least_plausible_come_first_and_equal_ones_by_name() -> None:
    outcomes = [_outcome("b.jpg", 1.0), _outcome("c.jpg", 0.2), _outcome("x.jpg", 1, status="broken")]
    outcomes += [_outcome("a.jpg", 1.0, status="skipped"), _outcome("d.jpg", 0.7)]
    assert [str(outcome.name) for outcome in by_plausibility(outcomes)] == ["c.jpg", "d.jpg", "a.jpg", "b.jpg"]


def test_the_page_links_the_overlays_and_says_why_one_is_doubted(tmp_path: Path) -> None:
    write_index(tmp_path, [_outcome("a/1 & 2#3.jpg", 0.8), _outcome("b/<i>.jpg", 0.25, "no head; person in 2 pieces")])
    page = (tmp_path / INDEX).read_text()
    assert re.findall('src="(.*?)"', page) == ["b/%3Ci%3E.png", "a/1%20%26%202%233.png"]
    assert "1 of 2 are doubtful" in page
    assert "<b>0.25</b> b/&lt;i&gt;.jpg<br>no head; person in 2 pieces" in page
    assert page.count('class="doubtful"') == 1


def test_a_long_page_is_cut_off_and_says_so(tmp_path: Path) -> None:
    write_index(tmp_path, [_outcome(f"{k}.jpg", k / 1200) for k in range(1200)])
    page = (tmp_path / INDEX).read_text()
    assert "600 of 1,200 are doubtful" in page
    assert "Shown are the 1,000 least plausible." in page
    assert page.count("<figure") == 1000


def test_a_page_that_says_the_same_is_not_touched(tmp_path: Path) -> None:
    write_index(tmp_path, [_outcome("a.jpg", 0.5)])
    before = (tmp_path / INDEX).stat().st_mtime_ns
    write_index(tmp_path, [_outcome("a.jpg", 0.5, status="skipped")])
    assert (tmp_path / INDEX).stat().st_mtime_ns == before
    write_index(tmp_path, [_outcome("a.jpg", 0.4)])
    assert "<b>0.40</b>" in (tmp_path / INDEX).read_text()
