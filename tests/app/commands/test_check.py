from extras import needs

needs("check")

import json
from pathlib import Path

import pytest
from datasets.check.make_faulty import make_faulty, make_sound
from datasets.make_photos import make_people, make_table

from ccreid.app.cli import main


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_planted_fault_is_named_in_json_and_the_status_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    data = make_faulty(Path("data"))
    assert main(["check", "data", "--identities", "4", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    named: dict[str, set[str]] = {}
    for finding in said["findings"]:
        files = {Path(file).name for item in finding["items"] for file in item["files"]}
        named.setdefault(finding["kind"], set()).update(files)
    assert {kind: files for kind, files in named.items() if files} == data.planted
    assert said["stops"] is True
    assert Path(said["page"]).is_file()


def test_the_lines_say_what_to_do_and_the_page_shows_the_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    make_faulty(Path("data"))
    assert main(["check", "data", "--identities", "4", "--out", "pages/found.html"]) == 1
    said = capsys.readouterr().out
    for words in ("3 images cannot be read", "001_1_c1_000201.jpg", "ccreid parse", "would fail", "pages/found.html"):
        assert words in said
    page = Path("pages/found.html").read_text()
    assert "011_1_c1_000102.jpg" in page
    assert page.count("data:image/jpeg") > 20


def test_doubts_alone_are_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    make_sound(Path("data")).add("train/021_1_c1_000001.jpg")
    assert main(["check", "data", "--identities", "4"]) == 0
    said = capsys.readouterr().out
    assert "1 training person with one image" in said
    assert "nothing stops training or evaluation" in said
    assert Path("check.html").is_file()


@pytest.mark.slow
def test_photos_as_people_have_them_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    make_people(Path("photos"), tuple("abcdefg"))
    assert main(["check", "photos", "--identities", "4"]) == 0
    make_table(Path("listed"), people=8)
    assert main(["check", "listed/images.csv", "--identities", "4"]) == 0
    Path("listed/photos/0_0_north.png").unlink()
    capsys.readouterr()
    assert main(["check", "listed/images.csv"]) == 1
    assert "0_0_north.png" in capsys.readouterr().out


def test_no_data_set_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nowhere"]) == 1
    assert "nowhere is not laid out like" in capsys.readouterr().err
    assert not Path("check.html").exists()
