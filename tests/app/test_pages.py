"""The pages that commands write, in a browser: names are text there, whatever they say."""

from extras import needs

for extra in ("parquet", "check", "figures", "browser"):
    needs(extra)

from pathlib import Path

import pytest
from datasets.made_person import write_person
from playwright.sync_api import Browser

from ccreid.app.cli import main

pytestmark = pytest.mark.slow

SCRIPT = "<img src=x onerror=document.title='broken'>\"'><script>document.title='broken'<!--"

COMMANDS = {
    "search.html": "search|photos/ann/{}.png|photos|--html|search.html|--device|cpu",
    "check.html": "check|photos|--out|check.html",
    "compare.html": "compare|photos/ann/{}.png|photos/bo/{}.png|--html|compare.html|--device|cpu",
    "parts_overlay/index.html": "parse|photos|parts|--overlay|--device|cpu",
}


@pytest.mark.answers("security", "a file, a person and a folder whose names hold a script, on every page")
def test_names_are_text_on_every_page(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, person in enumerate(("ann", "bo", SCRIPT.replace("/", ""))):
        write_person(Path("photos"), f"{person}/{SCRIPT.replace('/', '')}.png", number, 0, parts=False)
        write_person(Path("photos"), f"{person}/other.png", number, 1, parts=False)
    Path("photos", "bo", f"broken {SCRIPT}.png").write_bytes(b"")  # a check shows what is wrong alone
    for name, line in COMMANDS.items():
        main([word.replace("{}", SCRIPT) for word in line.split("|")])
        assert "bug in ccreid" not in capsys.readouterr().err
        page, faults = browser.new_page(), []
        page.on("pageerror", lambda error, faults=faults: faults.append(str(error)))
        page.goto(Path(name).resolve().as_uri(), timeout=60_000)
        assert "onerror=document.title" in page.inner_text("body"), name
        assert page.locator("script").count() == 0, name
        assert page.title() != "broken", name
        assert not faults, name
        page.close()
