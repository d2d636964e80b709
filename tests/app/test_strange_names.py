"""Files with names as disks hold them, through the commands: each is worked on, or named and the others kept."""

from extras import needs

for extra in ("parquet", "check"):
    needs(extra)

import json
import os
from pathlib import Path

import pytest
from datasets.made_person import write_person

from ccreid.app.cli import main
from ccreid.datasets.part_maps import read_parts
from ccreid.datasets.table_file import read_table
from ccreid.retrieval.feature_table import read_entries

pytestmark = pytest.mark.slow

NOT_TEXT = b"caf\xe9.png"
TEXT = {"emoji": "\N{SLIGHTLY SMILING FACE}.png", "long": f"{'n' * 251}.png", "quoted": "a 'b' \"c\".png"}
TEXT |= {"line": "two\nlines.png", "option": "-n.png", "tags": "<img src=x onerror=alert(1)>.png", "plain": "plain.png"}


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two people's photos, each name there once for both."""
    monkeypatch.chdir(tmp_path)
    for number, person in enumerate(("ann", "bo")):
        for outfit, name in enumerate(TEXT.values()):
            write_person(Path("photos"), f"{person}/{name}", number, outfit % 2, parts=False)
        made = write_person(Path("photos"), f"{person}/made.png", number, 0, parts=False)
        made.rename(os.fsdecode(os.fsencode(made.parent) + b"/" + NOT_TEXT))
    return Path("photos")


def _names(paths: list[str]) -> list[str]:
    return sorted(Path(path).name for path in paths)


@pytest.mark.answers("bad data", "names of files that are no text, have emoji, quotes or line breaks, or 255 bytes")
def test_embedding_names_what_is_no_text_and_keeps_all_others(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["embed", "photos", "out.parquet", "--device", "cpu"]) == 0
    said = capsys.readouterr()
    assert r"caf\udce9.png has a name that is not UTF-8: rename it" in said.err
    entries = list(read_entries(Path("out.parquet")))
    # Some photos of a person are the same to the last byte, and share an entry.
    assert {entry.identity for entry in entries} == {"ann", "bo"}
    assert main(["search", str(photos / "ann" / TEXT["plain"]), "photos", "--json", "--html", "page.html"]) == 0
    assert "<img src=x" not in Path("page.html").read_text()


@pytest.mark.answers("bad data", "names of files that are no text, have emoji, quotes or line breaks, or 255 bytes")
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_has_all_names_but_those_that_are_no_text(
    photos: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", "photos", f"out.{ending}"]) == 0
    assert _names([row["path"] for row in read_table(Path(f"out.{ending}"))]) == sorted([*TEXT.values()] * 2)
    assert r"caf\udce9.png" in capsys.readouterr().err


@pytest.mark.answers("bad data", "names of files that are no text, have emoji, quotes or line breaks, or 255 bytes")
def test_other_commands_work_on_every_name(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("photos", "bo", os.fsdecode(NOT_TEXT)).write_bytes(b"")
    main(["check", "photos", "--json", "--out", "check.html"])
    assert "udce9.png" in str(json.loads(capsys.readouterr().out))
    assert "<img src=x" not in Path("check.html").read_text()
    assert main(["pack", "photos", "--height", "32", "--width", "16"]) == 0
    assert "15 images" in capsys.readouterr().out
    assert main(["parse", "photos", "parts", "--overlay", "--device", "cpu"]) == 0
    maps = list(Path("parts").rglob("*.png"))
    assert _names([os.fsencode(path).decode("latin-1") for path in maps]) == sorted(["café.png", *_latin() * 2])
    assert all(read_parts(path).ndim == 2 for path in maps)
    assert "<img src=x" not in Path("parts_overlay/index.html").read_text()


def _latin() -> list[str]:
    return [os.fsencode(name).decode("latin-1") for name in TEXT.values()]
