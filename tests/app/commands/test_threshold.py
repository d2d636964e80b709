from extras import needs

needs("parquet")

import json
import sys
from pathlib import Path

import pytest
from datasets.make_photos import make_people, make_table
from evaluation.head_colour import HeadColour
from models.head_and_clothes import HeadAndClothes
from models.ready_model import ready_model
from retrieval.colour_model import colour_model

from ccreid.app.cli import main
from ccreid.models.reid_model import ReIDModel


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "ccreid.app.search.chosen_model.ReIDModel.from_pretrained",
        lambda source, device: _model(str(source)),
    )


def _model(name: str) -> ReIDModel:
    if name == "apart":
        return ready_model(HeadAndClothes().eval(), name="apart")
    return colour_model() if name == "colours" else ready_model(HeadColour().eval(), name="heads")


def _embedded(name: str = "features.parquet", model: str = "any", people: tuple[str, ...] = ("alice", "bob")) -> str:
    make_people(Path(name).with_suffix(""), people)
    assert main(["embed", Path(name).stem, name, "--model", model]) == 0
    return name


def test_a_model_that_knows_people_in_any_clothes_finds_all_without_a_false_match(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = _embedded(people=("alice", "bob", "carla", "dinh"))
    capsys.readouterr()
    assert main(["threshold", table, "--fmr", "0.1", "0.02", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["model"].startswith("heads (")
    calibration = said["calibration"]
    assert (calibration["different"], calibration["same"]) == (96, {"across": 16, "within": 8})
    assert [one["fmr"] for one in calibration["thresholds"]] == [0.1, 0.02]
    for one in calibration["thresholds"]:
        assert one["found"]["across"]["value"] == one["found"]["within"]["value"] == 1
        assert one["false_matches"] <= one["fmr"] * 96
    assert said["curve"]["false_match_rate"][-1] == 1


def test_searching_in_other_clothes_has_thresholds_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    table = _embedded(model="apart", people=("alice", "bob", "carla", "dinh"))
    said = []
    for flags in ([], ["--other-clothes", "--model", "apart"]):
        capsys.readouterr()
        assert main(["threshold", table, "--fmr", "0.02", "--json", *flags]) == 0
        said.append(json.loads(capsys.readouterr().out))
    whole, left = said
    assert [one["other_clothes"] for one in said] == [False, True]
    assert whole["fingerprint"] == left["fingerprint"]
    # Each of two images looks for the other.
    assert left["calibration"]["different"] == 2 * whole["calibration"]["different"] == 2 * 96
    assert left["calibration"]["same"] == {"across": 32, "within": 16}
    (with_clothes,), (without,) = (one["calibration"]["thresholds"] for one in said)
    assert without["found"]["across"]["value"] == 1 > with_clothes["found"]["across"]["value"]
    assert without["similarity"]["value"] < 0.5 < with_clothes["similarity"]["value"]


def test_a_data_set_and_the_table_of_it_have_the_same_thresholds_in_other_clothes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_table(tmp_path, people=8)
    lines = Path("images.csv").read_text().splitlines()
    Path("test.csv").write_text("\n".join(line for line in lines if "train" not in line.split(",")) + "\n")
    assert main(["embed", "test.csv", "test.parquet", "--model", "apart", "--precision", "float32"]) == 0
    said = []
    for words in (["test.parquet"], ["--data", "made=images.csv"]):
        capsys.readouterr()
        assert main(["threshold", *words, "--model", "apart", "--other-clothes", "--json"]) == 0
        said.append(json.loads(capsys.readouterr().out))
    one, other = said
    assert one["fingerprint"] == other["fingerprint"]
    assert one["calibration"]["same"] == other["calibration"]["same"]
    for left, right in zip(one["calibration"]["thresholds"], other["calibration"]["thresholds"], strict=True):
        assert left["similarity"]["value"] == pytest.approx(right["similarity"]["value"], abs=1e-5)


@pytest.mark.slow
def test_a_data_set_s_test_people_and_the_table_of_them_have_the_same_thresholds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_table(tmp_path, people=8)
    assert main(["embed", "images.csv", "all.parquet", "--model", "any", "--precision", "float32"]) == 0
    capsys.readouterr()
    assert main(["threshold", "--data", "made=images.csv", "--model", "any", "--json"]) == 0
    of_data = json.loads(capsys.readouterr().out)["calibration"]
    assert (of_data["data"], of_data["images"], of_data["people"]) == (["made"], 16, 4)
    kept = [
        line
        for line in Path("images.csv").read_text().splitlines()
        if not line.endswith("train") and "train," not in line
    ]
    Path("images.csv").write_text("\n".join(kept) + "\n")
    assert main(["embed", "images.csv", "test.parquet", "--model", "any", "--precision", "float32"]) == 0
    capsys.readouterr()
    assert main(["threshold", "test.parquet", "--json"]) == 0
    of_table = json.loads(capsys.readouterr().out)["calibration"]
    assert of_table["same"] == of_data["same"]
    for one, other in zip(of_table["thresholds"], of_data["thresholds"], strict=True):
        assert one["similarity"]["value"] == pytest.approx(other["similarity"]["value"], abs=1e-5)


@pytest.mark.slow
def test_a_folder_gets_the_thresholds_and_the_curves(capsys: pytest.CaptureFixture[str]) -> None:
    needs("figures")
    table = _embedded(people=("alice", "bob", "carla", "dinh"))
    assert main(["threshold", table, "--out", "out"]) == 0
    shown = capsys.readouterr().out
    assert all(
        said in shown for said in ("different people", "one person, other clothes", "10 %", "96 pairs of different")
    )
    names = {f"{name}{suffix}" for name in ("similarity", "roc", "det") for suffix in (".png", ".svg")}
    assert {path.name for path in Path("out").iterdir()} == {"thresholds.json", *names}
    assert json.loads(Path("out/thresholds.json").read_text())["format"] == "ccreid-thresholds-1"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("threshold", 2, "give tables of features, or a model's data sets by --data"),
        ("threshold features.parquet --data images.csv", 2, "one of the two"),
        ("threshold features.parquet --model any", 2, "leave --model any out"),
        ("threshold none.parquet", 1, "none.parquet does not exist"),
        ("threshold features.parquet other.parquet", 1, "other.parquet holds features of the model colours0"),
        ("threshold features.parquet --fmr 0.001", 1, "cannot be measured on 16 pairs"),
        ("threshold features.parquet --fmr 2", 1, "expected a share between 0 and 1"),
        ("threshold features.parquet --other-clothes", 1, "heads does not keep clothes apart in its features"),
        ("threshold features.parquet --other-clothes --model apart", 1, "give --model, the one that made them"),
        ("threshold nobody.parquet", 1, "nobody.parquet says of no image who is on it"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    line: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, model in (("features.parquet", "any"), ("other.parquet", "colours")):
        if name in line:
            _embedded(name, model)
    if "nobody" in line:
        make_people(Path("deep/nobody"), ("alice",), outfits=False)
        Path("deep/nobody/alice/01.jpg").rename("deep/1.jpg")
        Path("flat").mkdir()
        Path("deep/1.jpg").rename("flat/1.jpg")
        assert main(["embed", "flat", "nobody.parquet", "--model", "any"]) == 0
    capsys.readouterr()
    try:
        assert main(line.split()) == status
    except SystemExit as left:
        assert left.code == status
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("package", "line", "extra"),
    [
        ("matplotlib", "threshold features.parquet --out out", "ccreid[figures]"),
        ("pyarrow.parquet", "threshold features.parquet", "ccreid[parquet]"),
    ],
)
def test_an_absent_extra_is_one_line_with_the_command(
    package: str, line: str, extra: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _embedded()
    monkeypatch.setitem(sys.modules, package, None)
    capsys.readouterr()
    assert main(line.split()) == 1
    said = capsys.readouterr().err
    assert f"pip install '{extra}'" in said
    assert not Path("out").exists()
