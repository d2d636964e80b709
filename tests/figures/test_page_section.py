from pathlib import Path

import pytest

from ccreid.figures.page_section import PageError, replace_section


def test_only_the_section_between_its_two_comments_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    page.write_text("before\n<!-- a.py -->\nold\n<!-- end of a.py -->\nafter\n<!-- b.py -->\nb\n<!-- end of b.py -->\n")
    for _ in range(2):
        replace_section(page, "a.py", "new\n")
    assert page.read_text() == (
        "before\n<!-- a.py -->\nnew\n<!-- end of a.py -->\nafter\n<!-- b.py -->\nb\n<!-- end of b.py -->\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["results.md"]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "no comments\n",
        "<!-- a.py -->\n",
        "<!-- end of a.py -->\n<!-- a.py -->\n",
        2 * "<!-- a.py -->\n<!-- end of a.py -->\n",
    ],
)
def test_a_page_without_both_comments_once_is_left_as_it_is(text: str | None, tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    if text is not None:
        page.write_text(text)
    with pytest.raises(PageError, match=r"give it the lines <!-- a.py --> and <!-- end of a.py -->, once each"):
        replace_section(page, "a.py", "new\n")
    assert (page.read_text() if page.exists() else None) == text
