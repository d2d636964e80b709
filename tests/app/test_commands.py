"""The commands as a user gives them, on small made data sets."""

from extras import needs

needs("train")

import json
from importlib.metadata import metadata, version
from pathlib import Path

import pytest
import torch
from app.tiny_settings import TINY
from datasets.make_prcc import make_prcc
from evaluation.plain_ranking import rank_plainly
from models.authors_weights import pcb_shapes, write_authors_checkpoint
from safetensors.torch import load_file

from ccreid.app import demo as demo_module
from ccreid.app.cli import main
from ccreid.app.commands import bench as bench_module
from ccreid.app.commands import info as info_module
from ccreid.datasets.prcc import PRCC
from ccreid.evaluation.evaluate import record_features
from ccreid.models.reid_model import ReIDModel
from ccreid.wardrobe.presets import Preset

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shallow")]


@pytest.fixture(scope="module")
def trained(shallow: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("trained")
    make_prcc(root / "data", train_identities=5, test_identities=3)
    arguments = ["train", "pixel_sampling_mse", "--data.root", str(root / "data"), "--out", str(root / "run"), *TINY]
    assert main(arguments) == 0
    return root


def test_training_prints_every_setting_and_protocol(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", "baseline", "--data.root", str(trained / "data"), "--out", str(tmp_path / "run"), *TINY]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("baseline", "cross", "same", "all-gallery", "single-shot", "mINP"))
    assert str(tmp_path / "run") in shown


@pytest.mark.parametrize("setting", ["--trainer.accelerator=gpus", "--trainer.precision=half"])
def test_a_machine_that_cannot_be_trained_on_is_one_clear_line(
    setting: str, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", "baseline", "--data.root", str(trained / "data"), "--out", str(tmp_path / "run"), *TINY]
    assert main([*arguments, setting]) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert "the trainer cannot be set up" in last
    assert "change trainer.accelerator" in last


def test_a_second_training_into_the_same_folder_is_refused(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "pixel_sampling_mse", "--data.root", str(trained / "data"), *TINY]
    assert main([*arguments, "--out", str(trained / "run")]) == 1
    assert "--resume" in capsys.readouterr().err


def test_training_a_parser_prints_the_parts_and_names_the_file(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--data.batch=8", "--data.images=16", "--weights=none", "--schedule.epochs=1", "--trainer.accelerator=cpu"]
    out = tmp_path / "run"
    assert main(["train", "parser", "--data.root", str(trained / "data"), "--out", str(out), *small]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("head", "upper clothes", "mean", str(out / "parser.safetensors")))
    assert json.loads((out / "parser_scores.json").read_text())["rendered"]["images"] == 18


def test_evaluation_as_json_equals_the_runs_results(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(trained / "run" / "model.safetensors")
    assert main(["evaluate", model, "--json", "--device", "cpu"]) == 0
    rows = json.loads(capsys.readouterr().out)
    written = json.loads((trained / "run" / "results.json").read_text())["rows"]
    assert len(rows) == 4
    for row, stored in zip(rows, written, strict=True):
        assert row == {key: value for key, value in stored.items() if key != "run"}


def test_evaluation_as_json_agrees_with_an_evaluation_in_plain_python(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model_file = trained / "run" / "model.safetensors"
    assert main(["evaluate", str(model_file), "--json", "--device", "cpu"]) == 0
    rows = json.loads(capsys.readouterr().out)
    data, model = PRCC(trained / "data", parts="none"), ReIDModel.from_pretrained(model_file, "cpu")
    gallery = record_features(model, data.gallery)
    for setting, records in (("cross", data.query_cross), ("same", data.query_same)):
        query = record_features(model, records)
        plain = rank_plainly(
            query.features.tolist(),
            gallery.features.tolist(),
            [(identity, None, None) for identity in query.identities],
            [(identity, None, None) for identity in gallery.identities],
        )
        assert plain is not None
        row = next(r for r in rows if (r["setting"], r["protocol"]) == (setting, "all-gallery"))
        assert [row["R1"], row["R5"], row["mAP"], row["mINP"]] == pytest.approx(
            [plain.cmc[0], plain.cmc[4], plain.mean_average_precision, plain.mean_inverse_penalty], abs=1e-6
        )


def test_evaluation_writes_results_where_asked(trained: Path, tmp_path: Path) -> None:
    model = str(trained / "run" / "model.safetensors")
    arguments = ["evaluate", model, "--data", str(trained / "data"), "--out", str(tmp_path / "results.json")]
    assert main(arguments) == 0
    assert len(json.loads((tmp_path / "results.json").read_text())["rows"]) == 4


def test_an_authors_checkpoint_is_evaluated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_prcc(tmp_path / "data", train_identities=1, test_identities=2, images=1)
    checkpoint, results = tmp_path / "checkpoint_best.pth", tmp_path / "results.json"
    write_authors_checkpoint(checkpoint, pcb_shapes())
    arguments = ["evaluate", str(checkpoint), "--data", str(tmp_path / "data"), "--device", "cpu"]
    assert main([*arguments, "--authors", "pcb", "--out", str(results)]) == 0
    assert "authors_pcb, on " in " ".join(capsys.readouterr().out.split())
    written = json.loads(results.read_text())
    assert [row["recipe"] for row in written["rows"]] == ["authors_pcb"] * 4
    assert "--authors pcb" in written["runs"][0]["command"]
    assert main([*arguments, "--authors", "mgn"]) == 1
    shown = capsys.readouterr().err
    assert "missing: backone.0.weight" in shown
    assert "it looks like --authors pcb" in shown
    assert len(shown.strip().splitlines()) == 1


def test_reranking_adds_rows_to_the_plain_ones(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(trained / "run" / "model.safetensors")
    assert main(["evaluate", model, "--json", "--rerank", "--device", "cpu"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["protocol"] for row in rows] == 2 * ["all-gallery", "single-shot"] + 2 * ["all-gallery-reranked"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "nowhere.safetensors"], "there is no model file nowhere.safetensors"),
        (["evaluate", "nowhere.pth", "--authors", "hpm", "--data", "data"], "there is no weights file nowhere.pth"),
        (["train", "basline"], "did you mean 'baseline'"),
        (["train", "baseline", "--data.root", "nowhere"], "nowhere is not laid out like PRCC"),
        (["train", "baseline"], "give --data.root FOLDER"),
        (["bench", "evalution"], "there is no row 'evalution': did you mean 'evaluation'"),
        (["bench", "--quick"], "name a folder for them with --out"),
        (["pack", "nowhere"], "nowhere is not laid out like PRCC"),
        (["pack", "nowhere", "--height", "0"], "the size is 0x128"),
        (["render", "x", "--outfits", "1"], "outfits is 1"),
        (["render", "x", "--people", "9", "--preset", "221"], "--people 9 and --preset 221 exclude each other"),
        (["render", "x", "--images-per-walk", "3"], "--images_per_walk 3 needs --people"),
        (["render", "x", "--people", "9", "--height", "5"], "height is 5 pixels, expected 16..2048"),
        (["demo", "--seeds", "0"], "--seeds is 0"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    shown = capsys.readouterr().err
    assert message in shown
    assert "Traceback" not in shown
    assert len(shown.strip().splitlines()) == 1


def test_a_device_that_is_not_there_is_named(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(trained / "run" / "model.safetensors"), "--device", "cuda:77"]) == 1
    assert "device 'cuda:77' cannot be used" in capsys.readouterr().err


def test_training_and_evaluation_from_a_pack_are_those_from_files(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = str(trained / "data"), str(tmp_path / "small.pack")
    assert main(["pack", data, out, "--height", "32", "--width", "16"]) == 0
    assert "packed 48 images of 32x16" in capsys.readouterr().out
    arguments = ["train", "pixel_sampling_mse", "--data.root", data, "--data.pack", out, *TINY]
    assert main([*arguments, "--out", str(tmp_path / "run")]) == 0
    with_files, with_pack = (folder / "run" / "model.safetensors" for folder in (trained, tmp_path))
    assert load_file(with_files).keys() == load_file(with_pack).keys()
    assert all(torch.equal(value, load_file(with_pack)[name]) for name, value in load_file(with_files).items())
    rows = [json.loads((folder / "run" / "results.json").read_text())["rows"] for folder in (trained, tmp_path)]
    assert rows[0] == rows[1]


def test_broken_images_are_listed_when_a_pack_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_prcc(tmp_path / "data")
    broken = PRCC(root).train[0].image
    broken.write_bytes(b"no image")
    assert main(["pack", str(root)]) == 0
    shown = capsys.readouterr()
    assert f"left out {broken}" in shown.err
    assert "1 left out" in shown.out
    assert (tmp_path / "data.256x128.pack").is_file()


def test_info_names_versions_and_every_extra(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    shown = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    extras = set(metadata("ccreid").get_all("Provides-Extra") or ()) - {"dev"}
    assert {name.strip("[]") for name in shown if name.startswith("[")} == extras >= {"render", "face", "sketch", "ray"}
    assert shown["torch"] == version("torch")
    assert shown["recipes"].endswith("recipes")


def test_info_says_what_an_extra_lacks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    needed = ["torch>=2", "jinja2", 'pillow>=10; extra == "render"', "no-such-package ; extra == 'render'"]
    monkeypatch.setattr(info_module, "requires", lambda _: needed)
    assert main(["info"]) == 0
    shown = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert shown["[render]"].endswith("missing no-such-package: pip install 'ccreid[render]'")
    assert {"torch", "jinja2"} <= shown.keys()
    assert "pillow" not in shown


def test_bench_without_its_scripts_says_where_to_run_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_module, "SCRIPTS", tmp_path)
    assert main(["bench", "evaluation"]) == 1
    shown = capsys.readouterr().err
    assert "is installed without the benchmarks: run `ccreid bench` from a checkout" in shown
    assert len(shown.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["recipes", "folder"],
        ["figure", "samples", "--data", "data", "--out", "file/shown.png"],
        ["render", "file/people"],
        ["bench", "evaluation", "--quick", "--out", "file"],
    ],
)
def test_a_folder_in_the_place_of_a_file_or_the_other_way_round_is_one_clear_line(
    arguments: list[str],
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "data").symlink_to(trained / "data", target_is_directory=True)
    assert main(arguments) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_demonstration_leaves_a_table_and_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    needs("render")
    needs("train")
    needs("figures")
    original = demo_module.demo_recipe

    def small(name: str, data: Path, seed: int):  # type: ignore[no-untyped-def]
        recipe = original(name, data, seed)
        recipe.data.height, recipe.data.width, recipe.data.identities, recipe.data.instances = 32, 16, 3, 2
        recipe.model.backbone, recipe.model.weights = "resnet18", "none"
        recipe.schedule.epochs = 1
        return recipe

    monkeypatch.setattr(demo_module, "demo_recipe", small)
    monkeypatch.setitem(demo_module.PRESETS, "mini", Preset("mini", 4, 3, 4 * 6, 6, 6, 6, height=64, width=32))
    folders = ["--out", str(tmp_path / "report"), "--data", str(tmp_path / "data"), "--runs", str(tmp_path / "runs")]
    assert main(["demo", "--seeds", "2", "--workers", "1", *folders]) == 0
    shown = capsys.readouterr().out
    assert "Rendered people" in shown
    assert "±" in shown
    page = (tmp_path / "report" / "index.html").read_text()
    assert "Rendered people, not photos" in page
    assert page.count("±") > 8
    assert "share of the maps on each part" in page
    assert "Training is under way" not in page
    assert page.index("Found again, in other clothes") < page.index("Trained just now")
    assert (tmp_path / "runs" / "baseline" / "seed0" / "cues.json").is_file()
    for picture in ("found.png", "people.png", "samples.png", "erasing.png", "cam.png", "ranks.png"):
        assert picture in page
        assert (tmp_path / "report" / picture).is_file()
    rows = json.loads((tmp_path / "report" / "results.json").read_text())["rows"]
    assert {(row["recipe"], row["seed"]) for row in rows} == {
        (recipe, seed) for recipe in ("baseline", "pixel_sampling_mse") for seed in (0, 1)
    }
