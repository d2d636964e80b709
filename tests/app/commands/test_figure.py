"""`ccreid figure`, on a small made data set."""

from pathlib import Path

import pytest
from app.untrained_models import save_untrained_models
from datasets.make_ltcc import make_ltcc
from extras import needs
from PIL import Image

from ccreid.app.cli import main


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return save_untrained_models(tmp_path_factory.mktemp("untrained"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["samples", "erasing"])
@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_a_figure_of_data_is_written(models: list[str], tmp_path: Path, name: str, suffix: str) -> None:
    if name == "erasing" or suffix == ".pdf":
        needs("figures")
    out, data = tmp_path / f"shown{suffix}", str(Path(models[0]).parents[1] / "data")
    assert main(["figure", name, "--data", data, "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF" if suffix == ".pdf" else b"\x89PNG")


def test_a_figure_of_data_is_drawn_of_any_data_set(tmp_path: Path) -> None:
    data, out = make_ltcc(tmp_path / "ltcc"), tmp_path / "shown.png"
    assert main(["figure", "samples", "--data", str(data), "--out", str(out)]) == 0
    assert out.is_file()


@pytest.mark.slow
def test_models_are_shown_in_prccs_layout_alone(
    models: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(make_ltcc(tmp_path / "ltcc"))
    for command in (["figure", "cam"], ["figure", "ranks"], ["cues"]):
        assert main([*command, models[0], "--data", data, "--device", "cpu"]) == 1
        assert f"{data} is laid out like ltcc, but what models look at" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cam", "ranks"])
def test_a_figure_of_models_is_written(models: list[str], tmp_path: Path, name: str) -> None:
    out = tmp_path / "shown.png"
    assert main(["figure", name, *models, "--out", str(out), "--device", "cpu"]) == 0
    one = tmp_path / "one.png"
    assert main(["figure", name, models[0], "--out", str(one), "--device", "cpu"]) == 0
    with Image.open(out) as shown, Image.open(one) as of_one:
        assert shown.height > of_one.height


@pytest.mark.slow
def test_one_kind_of_map_can_be_left_out(models: list[str], tmp_path: Path) -> None:
    heights = []
    for maps in ("both", "cam", "grad-cam"):
        out = tmp_path / f"{maps}.png"
        arguments = ["figure", "cam", models[0], "--out", str(out), "--maps", maps, "--device", "cpu"]
        assert main(arguments) == 0
        with Image.open(out) as shown:
            heights.append(shown.height)
    assert heights[0] > heights[1] == heights[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: name"),
        (["smaples"], "invalid choice: 'smaples'"),
        (["samples"], "samples needs a data set: give --data FOLDER"),
        (["samples", "a.safetensors", "--data", "data"], "samples shows no model: leave a.safetensors out"),
        (["cam", "--data", "data"], "cam needs models"),
        (["ranks", "m", "--maps", "neither"], "neither"),
    ],
)
def test_arguments_that_do_not_fit_a_figure_are_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["figure", *arguments])
    assert left.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["figure", "samples", "--data", "nowhere"], "nowhere is not laid out like PRCC"),
        (["figure", "samples", "--data", "nowhere", "--out", "a.gif"], "a.gif has no format"),
        (["figure", "cam", "nowhere.safetensors"], "there is no model file nowhere.safetensors"),
        (["figure", "cam", "nowhere.safetensors", "--out", "a"], "a has no format"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    shown = capsys.readouterr().err
    assert message in shown
    assert len(shown.strip().splitlines()) == 1
