import json
from pathlib import Path

import pytest
from datasets.make_photos import make_people
from evaluation.head_colour import HeadColour
from models.made_calibration import a_calibration
from models.ready_model import ready_model

from ccreid.app.cli import main
from ccreid.models.reid_model import ReIDModel

SAME = ("photos/bob/suit/1.jpg", "photos/bob/red coat/1.jpg")
OTHER = ("photos/bob/suit/1.jpg", "photos/alice/suit/1.jpg")
MODEL = ("--model", "calibrated")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "ccreid.app.search.chosen_model.ReIDModel.from_pretrained", lambda source, device: _model(str(source))
    )
    make_people(Path("photos"), ("alice", "bob"))


def _model(name: str) -> ReIDModel:
    model = ready_model(HeadColour().eval(), name="heads")
    model.calibration = a_calibration(0.99) if name == "calibrated" else None
    return model


@pytest.mark.slow
def test_one_person_in_other_clothes_is_told_from_another(capsys: pytest.CaptureFixture[str]) -> None:
    answers = []
    for photos in (SAME, OTHER):
        assert main(["compare", *photos, *MODEL, "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert [answer["decision"]["same"] for answer in answers] == [True, False]
    assert [answer["decision"]["fmr"] for answer in answers] == [0.01, 0.01]
    assert answers[0]["similarity"] > 0.99 > answers[1]["similarity"]
    assert [one["photo"] for one in answers[0]["photos"]] == list(SAME)
    for one in answers[0]["photos"]:
        assert list(one["parts"]) == ["background", "head", "upper_clothes", "pants", "arms", "legs"]
        assert sum(part["area"] for part in one["parts"].values()) == pytest.approx(1)


@pytest.mark.slow
def test_a_table_a_picture_and_a_page_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *SAME, *MODEL, "--picture", "parts.png", "--html", "page.html", "--fmr", "0.01"]) == 0
    shown = capsys.readouterr().out
    page = Path("page.html").read_text()
    for said in ("the same person at a false-match rate of 1 %", "upper clothes", "background"):
        assert said in shown
        assert said in page
    assert Path("parts.png").stat().st_size > 1000
    assert page.count("data:image/png") == 1


@pytest.mark.slow
def test_a_model_without_calibration_decides_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *SAME, "--model", "plain"]) == 0
    assert "heads is not calibrated, so that it decides nothing" in capsys.readouterr().out
    assert main(["compare", *SAME, "--model", "plain", "--fmr", "0.01"]) == 1
    assert "heads is not calibrated" in capsys.readouterr().err


@pytest.mark.slow
def test_names_are_escaped_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    Path("<script>.jpg").write_bytes(Path(SAME[0]).read_bytes())
    assert main(["compare", "<script>.jpg", SAME[1], *MODEL, "--html", "page.html"]) == 0
    assert "<script" not in Path("page.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.jpg", SAME[0], *MODEL), "there is no photo none.jpg"),
        ((SAME[0], "photos", *MODEL), "there is no photo photos"),
        (("text.jpg", SAME[0], *MODEL), "text.jpg is broken or no image"),
        ((*SAME, *MODEL, "--picture", "a.gif"), "a.gif has no format"),
        ((*SAME, *MODEL, "--fmr", "0.5"), "measured at 0.01, 0.001"),
        (SAME, "no model was chosen"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccreid.app.search.chosen_model.shipped_models", dict)
    Path("text.jpg").write_text("hello")
    assert main(["compare", *words]) == 1
    assert said in capsys.readouterr().err
