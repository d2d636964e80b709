from pathlib import Path

from benchmarks.load_script import load_script

replace_section = load_script("seed_runs").replace_section


def test_only_the_section_between_a_scripts_two_comments_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    page.write_text("before\n<!-- a.py -->\nold\n<!-- end of a.py -->\nafter\n<!-- b.py -->\nb\n<!-- end of b.py -->\n")
    for _ in range(2):
        replace_section(page, "a.py", "new\n")
    assert page.read_text() == (
        "before\n<!-- a.py -->\nnew\n<!-- end of a.py -->\nafter\n<!-- b.py -->\nb\n<!-- end of b.py -->\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["results.md"]
