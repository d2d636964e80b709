"""The documentation's pages as they are in the repository: links, commands, pictures and what is generated."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from documentation.pages import DOCS, PAGES, ROOT, all_commands, anchors, blocks, links

import ccreid
from ccreid.app import cli
from ccreid.app.arguments import CommandParser, Run
from ccreid.app.cli import COMMANDS, main
from ccreid.figures.page_section import split_at_section


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_to_their_headings(page: Path) -> None:
    dead = []
    for path, anchor in links(page):
        target = page if not path else (page.parent / path).resolve()
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            dead.append(f"{path}#{anchor}")
    assert not dead


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_one_that_the_command_line_understands(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configured = cli._configure

    def parsed_alone(name: str, parser: CommandParser) -> Run:
        configured(name, parser)
        return lambda **_: 0

    wrong = []
    (tmp_path / "mine.yaml").write_text("inherits: baseline\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_configure", parsed_alone)
    for words in all_commands(page):
        if not words or words[0] not in COMMANDS:  # such as `ccreid COMMAND --help`
            assert not words or words[0] == "COMMAND", words
            continue
        try:
            status = main(words)
        except SystemExit as left:
            status = int(str(left.code))
        if status:
            wrong.append(f"ccreid {' '.join(words)}: {capsys.readouterr().err.strip()}")
    assert not wrong, "\n".join(wrong)


def test_a_command_that_does_not_exist_would_be_found(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["search", "a.jpg", "photos", "--tops", "3"])
    assert "did you mean" in capsys.readouterr().err


def test_the_page_of_commands_has_every_command() -> None:
    listed = set(re.findall(r"^\| `ccreid (\w+)", (DOCS / "commands.md").read_text(), re.MULTILINE))
    assert listed == set(COMMANDS)


def test_the_reference_has_every_public_name_and_no_other() -> None:
    listed = re.findall(r"^::: (?:\w+\.)+(\w+)$", (DOCS / "api.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(ccreid.__all__)


def test_the_page_of_extras_has_every_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    listed = set(re.findall(r"^\| `(\w+)` \|", (DOCS / "install.md").read_text(), re.MULTILINE))
    assert listed == set(extras) - {"browser", "docs", "dev"}


def test_every_page_is_in_the_sites_menu() -> None:
    menu = set(re.findall(r'"(\w[\w-]*\.md)"', (ROOT / "zensical.toml").read_text()))
    assert menu == {page.name for page in DOCS.glob("*.md")}


def test_the_readme_is_short_and_its_tables_are_those_of_the_results() -> None:
    script = _script("fill_readme")
    text = script.README.read_text()
    assert len(text.splitlines()) < 150
    for name in ("results", "zoo"):
        before, after = split_at_section(script.README, f"docs/fill_readme.py: {name}")
        assert text == f"{before}\n{script.SECTIONS[name]()}\n{after}", "run python docs/fill_readme.py"


@pytest.mark.slow
def test_the_front_door_prints_what_the_readme_says() -> None:
    script = _script("fill_readme")
    *_, shown = script.front_door().split("```")[:-1]
    text = script.README.read_text()
    said = text.split("<!-- docs/fill_readme.py: front door -->")[1].split("```")[3]
    # Another processor may round the last digit otherwise.
    assert re.sub(r"\d\.\d+", "x", shown) == re.sub(r"\d\.\d+", "x", said)
    numbers = [[float(one) for one in re.findall(r"\d\.\d+", each)] for each in (shown, said)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.02)


def test_the_picture_of_the_stages_is_that_of_the_contract() -> None:
    script = _script("make_architecture")
    assert script.PICTURE.read_text() == script.drawing(), "run python docs/make_architecture.py"
    stages = {path.parent.name for path in (ROOT / "src" / "ccreid").glob("*/__init__.py")}
    assert stages == {name for row in script.layers() for name in row if script.purpose(name)}


def test_own_code_of_the_extension_page_is_short() -> None:
    lengths = [len(block.code.splitlines()) for block in blocks(DOCS / "extend.md") if block.language == "python"]
    assert len(lengths) == 4
    assert max(lengths) < 40


def test_the_workflow_and_the_container_name_what_exists() -> None:
    workflow = (ROOT / ".github" / "workflows" / "check.yml").read_text()
    targets = set(re.findall(r"^(\w[\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {words[-1] for words in map(str.split, re.findall(r"run: (make .*)", workflow))} <= targets
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    versions = {found for one in classifiers for found in re.findall(r"Python :: (3\.\d+)", one)}
    assert set(re.findall(r'"(3\.\d+)"', re.findall(r"python: \[.*\]", workflow)[0])) == versions
    for line in re.findall(r"^COPY (.*)", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        assert all((ROOT / name).exists() for name in line.split()[:-1])
