"""Training, evaluation and packs on other data sets than PRCC, as a user gives the commands."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from app.tiny_settings import TINY
from datasets.make_ccvid import make_ccvid
from datasets.make_ltcc import make_ltcc
from datasets.make_market1501 import make_market1501
from datasets.make_prcc import make_prcc
from datasets.test_every_data_set import MAKERS
from extras import needs

from ccreid.app.cli import main
from ccreid.datasets.open_data import open_data_set

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow")]

EVERY_EPOCH = ("--selection.held_out=0.5", "--selection.every=1", "--data.identities=2")


@pytest.mark.parametrize(
    ("make", "recipe", "settings", "queries"),
    [
        (make_ltcc, "baseline", ["cross", "same", "standard"], [4, 5, 5]),
        (make_market1501, "baseline", ["standard"], [2]),
        (make_ccvid, "baseline", ["cross", "same", "standard"], [2, 2, 2]),
        (make_ltcc, "pixel_sampling", ["cross", "same", "standard"], [4, 5, 5]),
    ],
)
def test_a_model_is_trained_picked_and_evaluated_in_the_data_sets_own_settings(
    make: Callable[[Path], Path],
    recipe: str,
    settings: list[str],
    queries: list[int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    needs("train")
    data, run = make(tmp_path / "data"), tmp_path / "run"
    assert main(["train", recipe, "--data.root", str(data), "--out", str(run), *TINY, *EVERY_EPOCH]) == 0
    shown = capsys.readouterr().out
    assert all(setting in shown for setting in settings)
    assert "single-shot" not in shown
    assert main(["evaluate", str(run / "model.safetensors"), "--json", "--device", "cpu"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["setting"], row["protocol"]) for row in rows] == [(setting, "all-gallery") for setting in settings]
    assert [row["queries"] for row in rows] == queries
    assert {row["dataset"] for row in rows} == {make.__name__.removeprefix("make_")}
    written = json.loads((run / "results.json").read_text())["rows"]
    assert rows == [{key: value for key, value in row.items() if key != "run"} for row in written]


def test_a_model_of_one_data_set_is_evaluated_on_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("train")
    market, prcc, run = make_market1501(tmp_path / "market"), make_prcc(tmp_path / "prcc"), tmp_path / "run"
    train = ["train", "baseline", "--data.root", str(market), "--data.dataset", "market1501", "--out", str(run)]
    assert main([*train, *TINY]) == 0
    model = str(run / "model.safetensors")
    capsys.readouterr()
    assert main(["evaluate", model, "--data", str(prcc), "--json", "--rerank", "--device", "cpu"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["setting"] for row in rows] == ["cross", "cross", "same", "same", "cross", "same"]
    assert main(["evaluate", model, "--data", str(prcc), "--dataset", "ltcc", "--device", "cpu"]) == 1
    assert f"{prcc} is not laid out like LTCC, there is no folder {prcc}/train" in capsys.readouterr().err
    assert (
        main(["evaluate", model, "--dataset", "market1501", "--device", "cpu", "--out", str(tmp_path / "r.json")]) == 0
    )
    assert "--dataset market1501" in json.loads((tmp_path / "r.json").read_text())["runs"][0]["command"]


def test_a_pack_holds_all_images_of_another_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = make_ltcc(tmp_path / "data")
    assert main(["pack", str(data), "--height", "32", "--width", "16"]) == 0
    assert "packed 36 images of 32x16" in capsys.readouterr().out
    assert main(["pack", str(data), "--dataset", "prcc"]) == 1
    assert "is not laid out like PRCC, there is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_every_data_set_is_checked(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("check")
    data = MAKERS[name](tmp_path / "data")
    out = str(tmp_path / "check.html")
    assert main(["check", str(data), "--identities", "2", "--json", "--out", out]) == 0
    found = json.loads(capsys.readouterr().out)
    assert not [one for one in found["findings"] if one["gravity"] == "stops"]
    open_data_set(data).records()[0].image.write_bytes(b"no image")
    assert main(["check", str(data), "--identities", "2", "--out", out]) == 1
