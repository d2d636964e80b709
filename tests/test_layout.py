"""The layout that CONTRIBUTING.md describes: sizes and names of files, and tests that mirror the sources."""

import ast
from pathlib import Path

import ccreid

ROOT = Path(__file__).parents[1]
SOURCE = Path(ccreid.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

# Tests of what is not one file, by their place under tests/, and what they are about.
OF_NO_FILE = {
    "test_closeness.py": "closeness.py, by which the tests compare results",
    "test_docstrings.py": "all docstrings",
    "test_examples.py": "everything in examples/",
    "test_layout.py": "all files",
    "app/serve/test_page.py": "the page that is served, in a browser",
    "app/test_commands.py": "commands one after the other, as a user gives them",
    "app/test_environments.py": "the commands on machines that lack something",
    "app/test_data_sets.py": "the commands on every data set",
    "app/test_every_recipe.py": "everything in recipes/",
    "app/test_left_out.py": "what every command says that reads images",
    "app/test_own_photos.py": "the commands on photos as people have them",
    "datasets/test_every_data_set.py": "what all readers promise",
    "models/test_contract.py": "what all systems promise",
    "retrieval/test_every_store.py": "what all places of a gallery promise",
    "training/test_ddp.py": "training in several processes",
    "training/test_released_switches.py": "the recipes released_*, which are settings of several stages",
}


def test_files_have_20_to_400_lines() -> None:
    lengths = {str(path.relative_to(SOURCE)): len(path.read_text().splitlines()) for path in FILES}
    assert not {name: lines for name, lines in lengths.items() if lines > 400}
    assert not {name: lines for name, lines in lengths.items() if lines < 20 and not name.endswith("__init__.py")}


def test_files_say_what_they_are_for() -> None:
    assert not [path for path in FILES if not ast.get_docstring(ast.parse(path.read_text()))]


def test_no_source_looks_like_a_test() -> None:
    assert not [path for path in FILES if path.name.startswith("test_")]


def test_tests_stand_where_their_sources_do() -> None:
    alone = [place for path in TESTS if not _source(place := path.relative_to(ROOT / "tests")).is_file()]
    assert {place.as_posix() for place in alone} == set(OF_NO_FILE)


def test_benchmarks_and_documentation_import_nothing_of_the_command_line() -> None:
    scripts = [path for folder in ("benchmarks", "docs", "examples") for path in (ROOT / folder).glob("*.py")]
    assert scripts
    assert not [path.name for path in scripts if any(name.startswith("ccreid.app") for name in _imported(path))]


def _source(test: Path) -> Path:
    name = test.name.removeprefix("test_")
    tested = test.with_name("__init__.py" if name == "init.py" else name)
    return ROOT / tested if tested.parts[0] == "benchmarks" else SOURCE / tested


def _imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names
