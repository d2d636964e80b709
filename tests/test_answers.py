import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from answers import Answers

DOCS = Path(__file__).parents[1] / "docs"


def _report(name: str, outcome: str, *cases: tuple[str, str], when: str = "call") -> Any:
    return SimpleNamespace(
        nodeid=name, outcome=outcome, when=when, user_properties=[("answers", case) for case in cases]
    )


def _page() -> Any:
    spec = importlib.util.spec_from_file_location("make_reliability", DOCS / "make_reliability.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_case_is_answered_where_all_its_tests_pass(tmp_path: Path) -> None:
    answers = Answers(tmp_path)
    empty, bomb = ("bad data", "an image of no bytes"), ("bad data", "a bomb")
    for report in (
        _report("tests/a.py::one[x]", "passed", empty),
        _report("tests/a.py::one[y]", "passed", empty),
        _report("tests/a.py::two", "passed", empty, when="setup"),
        _report("tests/b.py::three", "passed", bomb),
        _report("tests/b.py::three", "failed", bomb, when="teardown"),
        _report("tests/b.py::four", "skipped", ("two words", "an absent extra"), when="setup"),
        _report("tests/b.py::five", "failed"),
    ):
        answers.pytest_runtest_logreport(report)
    answers.pytest_sessionfinish(SimpleNamespace(config=SimpleNamespace()))
    assert {path.name for path in tmp_path.iterdir()} == {"bad_data.json", "two_words.json"}
    rows = [row for path in sorted(tmp_path.iterdir()) for row in json.loads(path.read_text())]
    assert [(row["case"], row["outcome"], row["lost"]) for row in rows] == [
        ("a bomb", "failed", 1),
        ("an image of no bytes", "answered", 0),
        ("an absent extra", "not tried", 0),
    ]
    assert rows[1]["command"] == "pytest tests/a.py::one"


def test_one_process_alone_writes(tmp_path: Path) -> None:
    answers = Answers(tmp_path / "none")
    answers.pytest_sessionfinish(SimpleNamespace(config=SimpleNamespace(workerinput={})))
    assert not (tmp_path / "none").exists()


def test_the_page_has_a_table_of_each_area_and_keeps_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = _page()
    row = {"area": "bad data", "case": "a | b", "command": "pytest tests/a.py::x tests/b.py::y", "outcome": "answered"}
    (tmp_path / "a.json").write_text(json.dumps([row | {"lost": 0}, row | {"area": "kills", "lost": 2}]))
    page = tmp_path / "page.md"
    page.write_text(f"before\n{module.BEGIN}\nold\n{module.END}\nafter\n")
    monkeypatch.setattr("sys.argv", ["make", "--results", str(tmp_path), "--page", str(page)])
    module.main()
    text = page.read_text()
    assert "| bad data | 1 | 0 |\n| kills | 1 | 2 |" in text
    assert "| a \\| b | answered | 2 | `tests/a.py::x`, `tests/b.py::y` |" in text
    assert text.startswith("before\n")
    assert text.endswith(f"{module.END}\nafter\n")
    assert "old" not in text
    module.main()
    assert page.read_text() == text
