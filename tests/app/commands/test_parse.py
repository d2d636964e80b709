"""`ccreid parse` as a user gives it."""

import functools
from pathlib import Path

import numpy as np
import pytest
from datasets.make_prcc import make_prcc
from extras import needs
from parsing.fake_parsers import fake_parser
from parsing.make_images import files_of, make_images

from ccreid.app.cli import main
from ccreid.datasets.part_maps import read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.parsing import known_parsers as parsers
from ccreid.parsing.parser import Parser
from ccreid.parsing.tree import parse as tree
from ccreid.parsing.tree.engine import run_here
from ccreid.parsing.tree.ray_parsing import run_on_ray


@pytest.fixture
def masks(tmp_path: Path) -> Path:
    return make_prcc(tmp_path / "prcc", parts="npy") / "mask_6"


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None, str]]:
    """Put a parser without weights in the place of all; return what was asked for."""
    asked: list[tuple[str, str | None, str]] = []

    def build(name: str, weights: str | None, device: str, merge: Path | None):  # type: ignore[no-untyped-def]
        asked.append((name, weights, device))
        return fake_parser()

    monkeypatch.setattr(parsers, "build_parser", build)
    return asked


@pytest.mark.slow
def test_the_masks_of_a_data_set_become_the_part_maps_that_it_reads(
    masks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["parse", str(masks), str(masks.parent / "parts"), "--parser", "mask6"]
    assert main([*arguments, "--overlay", "--keep-labels"]) == 0
    assert "parsed 36 images into" in capsys.readouterr().out
    assert {path.name for path in masks.parent.iterdir()} == {"mask_6", "rgb", "parts", "parts_labels", "parts_overlay"}
    data = PRCC(masks.parent)
    assert {record.parts.suffix for record in data.train if record.parts} == {".png"}
    assert not data.verify()
    assert main(arguments) == 0
    assert "complete already: 36 images" in capsys.readouterr().out


def test_masks_without_images_are_said_to_keep_their_size(masks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = masks.rename(masks.parent.parent / "mask_6")
    assert main(["parse", str(alone), str(alone.parent / "parts"), "--parser", "mask6"]) == 0
    assert "give --rgb FOLDER" in capsys.readouterr().err
    images = str(masks.parent / "rgb")
    assert main(["parse", str(alone), str(alone.parent / "parts"), "--parser", "mask6", "--rgb", images]) == 0
    assert "--rgb" not in capsys.readouterr().err


def test_settings_reach_the_parser_and_the_tree(
    tmp_path: Path, built: list[tuple[str, str | None, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    make_images(tmp_path / "rgb", count=3)
    (tmp_path / "merge.yaml").write_text("hair: background\n")
    arguments = ["parse", str(tmp_path / "rgb"), str(tmp_path / "parts"), "--parser", "lite", "--device", "cpu"]
    assert main([*arguments, "--merge", str(tmp_path / "merge.yaml"), "--batch", "2"]) == 0
    assert built == [("lite", None, "cpu")]
    assert all(1 not in read_parts(path) for path in (tmp_path / "parts").rglob("*.png"))
    assert main([*arguments, "--batch", "2"]) == 0
    assert any(1 in read_parts(path) for path in (tmp_path / "parts").rglob("*.png"))
    assert "parsed 3 images" in capsys.readouterr().out


def test_weights_that_are_a_file_come_with_their_whole_path_and_names_as_they_are(
    tmp_path: Path, built: list[tuple[str, str | None, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_images(tmp_path / "rgb", count=1)
    (tmp_path / "w.pth").touch()
    monkeypatch.chdir(tmp_path)
    for weights in ("w.pth", "someone/segformer_clothes"):
        assert main(["parse", "rgb", "parts", "--parser", "segformer", "--weights", weights]) == 0
    assert [weights for _, weights, _ in built] == [str(tmp_path / "w.pth"), "someone/segformer_clothes"]


def test_a_network_in_onnx_is_told_by_whole_paths_and_with_its_merge_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def build(*arguments: object) -> Parser:
        asked.append(arguments)
        return fake_parser()

    monkeypatch.setattr(parsers, "build_parser", build)
    make_images(tmp_path / "rgb", count=1)
    (tmp_path / "merge.yaml").write_text("hair: head\n")
    monkeypatch.chdir(tmp_path)
    for merge in ([], ["--merge", "merge.yaml"]):
        assert main(["parse", "rgb", "parts", "--parser", "onnx:nets/a.onnx", "--device", "cpu", *merge]) == 0
    name = f"onnx:{tmp_path / 'nets' / 'a.onnx'}"
    assert asked == [(name, None, "cpu", None), (name, None, "cpu", tmp_path / "merge.yaml")]


@pytest.mark.slow
def test_an_exported_parser_gives_the_same_part_maps_here_and_on_ray(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs("onnx")
    needs("ray")
    make_images(tmp_path / "rgb", count=5)
    assert main(["export", "lite", str(tmp_path / "lite.onnx")]) == 0
    assert f"wrote {tmp_path / 'lite.onnx'} and {tmp_path / 'lite.yaml'}" in capsys.readouterr().out
    images, settings = str(tmp_path / "rgb"), ["--device", "cpu"]
    assert main(["parse", images, str(tmp_path / "own"), "--parser", "lite", *settings]) == 0
    for name, engine in (("here", []), ("ray", ["--engine", "ray", "--workers", "1"])):
        parser = f"onnx:{tmp_path / 'lite.onnx'}"
        assert main(["parse", images, str(tmp_path / name), "--parser", parser, *settings, *engine]) == 0
        assert "parsed 5 images" in capsys.readouterr().out.splitlines()[-1]
    assert files_of(tmp_path / "here") == files_of(tmp_path / "ray")
    for path in (tmp_path / "own").rglob("*.png"):
        assert np.array_equal(read_parts(path), read_parts(tmp_path / "here" / path.relative_to(tmp_path / "own")))


def test_the_engine_is_the_one_that_was_asked_for(
    tmp_path: Path, built: list[tuple[str, str | None, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_images(tmp_path / "rgb", count=1)
    engines = []
    original = tree.parse_tree

    def noted(*arguments: object, engine: object, **settings: object):  # type: ignore[no-untyped-def]
        engines.append(engine)
        return original(*arguments, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(tree, "parse_tree", noted)
    arguments = ["parse", str(tmp_path / "rgb"), str(tmp_path / "parts"), "--parser", "lite"]
    assert main(arguments) == 0
    assert main([*arguments, "--engine", "ray", "--workers", "3"]) == 0
    assert main([*arguments, "--engine", "ray", "--device", "cpu"]) == 0
    assert engines[0] is run_here
    for engine, settings in zip(
        engines[1:], [{"workers": 3, "gpu": True}, {"workers": None, "gpu": False}], strict=True
    ):
        assert isinstance(engine, functools.partial)
        assert engine.func is run_on_ray
        assert engine.keywords == settings


def test_broken_files_are_listed_and_the_rest_is_done(masks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, *_ = sorted(masks.rglob("*.npy"))
    first.write_bytes(b"nothing")
    np.save(second, np.full((4, 4, 6), np.nan))
    assert main(["parse", str(masks), str(masks.parent / "parts"), "--parser", "mask6"]) == 0
    shown = capsys.readouterr()
    assert "parsed 34 images" in shown.out
    assert "2 broken" in shown.out
    lines = shown.err.strip().splitlines()
    assert [str(path) in line for path, line in zip((first, second), lines, strict=True)] == [True, True]


def test_where_every_file_is_broken_the_command_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mask_6").mkdir()
    (tmp_path / "mask_6" / "a.npy").write_bytes(b"nothing")
    assert main(["parse", str(tmp_path / "mask_6"), str(tmp_path / "parts"), "--parser", "mask6"]) == 1
    assert "nothing was written" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["--parser", "lute"], "there is no parser 'lute': did you mean 'lite'?"),
        (["--parser", "schp-lip"], "schp-lip needs its weights"),
        (["--parser", "onnx"], "there is no parser 'onnx': did you mean 'onnx:FILE'?"),
        (["--parser", "onnx:a.onnx", "--weights", "b.onnx"], "names its file itself, and was given the weights b.onnx"),
        (["--parser", "mask6", "--rgb", "nowhere"], "there is no folder nowhere of the masks' images"),
        (["--parser", "lite", "--rgb", "x"], "--rgb x is for --parser mask6"),
        (["--parser", "mask6", "--workers", "2"], "--workers 2 is for --engine ray"),
        (["--parser", "mask6", "--batch", "0"], "batch is 0"),
        (["--parser", "mask6", "--merge", "nowhere.yaml"], "there is no merge file nowhere.yaml"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    settings: list[str], message: str, masks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse", str(masks), str(masks.parent / "parts"), *settings]) == 1
    shown = capsys.readouterr().err
    assert message in shown
    assert len(shown.strip().splitlines()) == 1
    assert not (masks.parent / "parts").exists()


def test_the_help_says_of_every_parser_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["parse", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name, what in parsers.PARSERS.items():
        assert f"{name} {what}" in shown


def test_a_part_map_of_someone_else_is_kept(masks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = make_prcc(masks.parent.parent / "theirs") / "parts"
    before = files_of(theirs)
    assert main(["parse", str(masks), str(theirs), "--parser", "mask6"]) == 1
    assert "and 35 more would be overwritten" in capsys.readouterr().err
    assert files_of(theirs) == before
    assert main(["parse", str(masks), str(theirs), "--parser", "mask6", "--overwrite"]) == 0
