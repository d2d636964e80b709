import json
import shutil
import sys
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from filecmp import dircmp
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ccreid.atomic_files import InUseError, locked
from ccreid.datasets.part_maps import read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.errors import MissingExtraError
from ccreid.wardrobe import render
from ccreid.wardrobe.crowd import Crowd
from ccreid.wardrobe.presets import PRESETS, Preset
from ccreid.wardrobe.render import RenderError, render_crowd, render_wardrobe

pytestmark = pytest.mark.slow

CROWD = Crowd(3, outfits=3, images_per_walk=2, height=64, width=32)
TINY = Preset("tiny", 2, 2, 2 * 7, 4, 3, 4, height=64, width=32)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("wardrobe") / "one"
    render_wardrobe(root, TINY, workers=1)
    return root


def _files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_tree_is_prccs(rendered: Path) -> None:
    data = PRCC(rendered)
    assert len(data.train) == 14
    assert [len(data.gallery), len(data.query_same), len(data.query_cross)] == [4, 3, 4]
    assert not data.skipped
    assert not data.verify()
    assert {record.identity for record in data.train} == {1, 2}
    assert {record.identity for record in data.gallery} == {3, 4}


def test_every_image_has_its_part_map_and_its_truth(rendered: Path) -> None:
    truth = json.loads((rendered / "wardrobe.json").read_text())
    paths = {path.relative_to(rendered / "rgb").as_posix() for path in (rendered / "rgb").rglob("*.jpg")}
    assert {image["path"] for image in truth["images"]} == paths
    assert set(truth["identities"]) == {"001", "002", "003", "004"}
    for image in truth["images"]:
        parts = read_parts(rendered / "parts" / Path(image["path"]).with_suffix(".png"))
        with Image.open(rendered / "rgb" / image["path"]) as picture:
            assert parts.shape == (picture.height, picture.width) == (64, 32)
        assert len(np.unique(parts)) > 3
        assert (image["outfit"] == 2) == (image["camera"] == "C")
        assert -np.pi <= image["azimuth"] <= np.pi


def test_two_workers_write_the_same_bytes_as_one(rendered: Path, tmp_path: Path) -> None:
    render_wardrobe(tmp_path / "two", TINY, workers=2)
    assert _files(rendered) == _files(tmp_path / "two")
    assert not dircmp(rendered, tmp_path / "two").diff_files


def test_another_seed_gives_other_people(rendered: Path, tmp_path: Path) -> None:
    render_wardrobe(tmp_path / "other", Preset("tiny", 1, 1, 3, 1, 1, 1, height=64, width=32), seed=1, workers=1)
    one = json.loads((rendered / "wardrobe.json").read_text())["identities"]["001"]
    other = json.loads((tmp_path / "other" / "wardrobe.json").read_text())["identities"]["001"]
    assert one["skin"] != other["skin"]


def test_an_interrupted_rendering_ends_with_the_files_of_an_uninterrupted_one(
    rendered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "again"
    with monkeypatch.context() as patch:
        patch.setattr(render, "wait", stopped)
        with pytest.raises(KeyboardInterrupt):
            render_wardrobe(out, TINY, workers=1)
    assert (out / "wardrobe.part.json").is_file()
    assert not (out / "wardrobe.json").exists()
    for path in sorted(out.rglob("*.jpg"))[::2]:
        path.unlink()
    leftover = next((out / "rgb").rglob("*.jpg")).parent / ".ccreid-half.tmp"
    leftover.write_bytes(b"half")
    report = render_wardrobe(out, TINY, workers=1)
    assert report.written > 0
    assert _files(out) == _files(rendered)


@pytest.mark.answers("bad environments", "two runs in one folder at once")
def test_two_do_not_render_into_one_folder_at_once(tmp_path: Path, rendered: Path) -> None:
    in_use = pytest.raises(InUseError, match=r"wardrobe\.json is in use by another process: wait")
    with locked(tmp_path / "new" / "wardrobe.json"), in_use:
        render_wardrobe(tmp_path / "new", TINY)
    with locked(rendered / "wardrobe.json"):  # there is nothing to write to a complete one
        assert render_wardrobe(rendered, TINY).written == 0


def test_a_finished_data_set_is_left_as_it_is(rendered: Path) -> None:
    before = _files(rendered)
    report = render_wardrobe(rendered, TINY, workers=1)
    assert report.written == 0
    assert "complete already: 25 images" in str(report)
    assert _files(rendered) == before


def test_gaps_are_not_filled_by_another_version(rendered: Path, tmp_path: Path) -> None:
    shutil.copytree(rendered, tmp_path / "old")
    truth = json.loads((tmp_path / "old" / "wardrobe.json").read_text())
    truth["versions"]["anny"] = "0.0.1"
    (tmp_path / "old" / "wardrobe.json").write_text(json.dumps(truth))
    assert render_wardrobe(tmp_path / "old", TINY).written == 0
    next((tmp_path / "old" / "rgb").rglob("*.jpg")).unlink()
    with pytest.raises(RenderError, match="lacks images and was rendered with other versions"):
        render_wardrobe(tmp_path / "old", TINY)


def test_a_worker_that_dies_is_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class _Dead:
        def result(self) -> int:
            raise BrokenProcessPool("killed")

    monkeypatch.setattr(render, "wait", lambda running, **_: ({_Dead()}, set()))
    with pytest.raises(RenderError, match="a rendering process died"):
        render_wardrobe(tmp_path / "new", TINY, workers=1)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("crowd") / "one"
    render_crowd(root, CROWD, workers=1)
    return root


def test_a_crowd_can_be_trained_on_and_tested_with_its_outfits(crowd: Path) -> None:
    data = PRCC(crowd)
    assert not data.skipped
    assert not data.verify()
    assert {(record.identity, record.clothes) for record in data.train} == {(i, o) for i in (1, 2) for o in (1, 2, 3)}
    assert len(data.train) == 2 * 3 * 2 * 2
    assert [len(data.gallery), len(data.query_same), len(data.query_cross)] == [4, 4, 8]
    assert {record.clothes for record in data.query_cross} == {2, 3}
    assert all(setting.has_match() for setting in data.settings)
    assert data.held_out_setting(data.train).has_match()


def test_a_crowds_images_have_their_part_maps_and_their_truth(crowd: Path) -> None:
    truth = json.loads((crowd / "wardrobe.json").read_text())
    assert {image["path"] for image in truth["images"]} == {
        path.relative_to(crowd / "rgb").as_posix() for path in (crowd / "rgb").rglob("*.jpg")
    }
    for image in truth["images"]:
        parts = read_parts(crowd / "parts" / Path(image["path"]).with_suffix(".png"))
        assert parts.shape == (64, 32)
        assert len(np.unique(parts)) > 2
    assert all(len(person["outfits"]) == 3 for person in truth["identities"].values())


def test_a_crowd_is_the_same_with_two_workers_and_after_gaps(crowd: Path, tmp_path: Path) -> None:
    render_crowd(tmp_path / "two", CROWD, workers=2)
    assert _files(tmp_path / "two") == _files(crowd)
    for path in sorted((tmp_path / "two" / "rgb").rglob("*.jpg"))[::3]:
        path.unlink()
    assert render_crowd(tmp_path / "two", CROWD, workers=1).written > 0
    assert _files(tmp_path / "two") == _files(crowd)


def test_a_crowd_does_not_go_on_in_a_presets_folder_or_with_other_counts(crowd: Path, rendered: Path) -> None:
    with pytest.raises(RenderError, match="preset tiny there, people now"):
        render_crowd(rendered, CROWD)
    with pytest.raises(RenderError, match="other settings"):
        render_crowd(crowd, Crowd(4, outfits=3, images_per_walk=2, height=64, width=32))


@pytest.mark.parametrize(("setting", "value"), [("people", 1), ("outfits", 1), ("images_per_walk", 0), ("height", 9)])
def test_a_crowds_settings_out_of_range_are_refused(tmp_path: Path, setting: str, value: int) -> None:
    with pytest.raises(RenderError, match=f"{setting} is {value}"):
        render_crowd(tmp_path / "new", replace(CROWD, **{setting: value}))
    assert not (tmp_path / "new").exists()


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RenderError, match="is not empty and was not made by this command"):
        render_wardrobe(tmp_path, TINY)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_another_seed_or_number_of_outfits_is_refused(rendered: Path) -> None:
    with pytest.raises(RenderError, match="seed 0 there, 5 now"):
        render_wardrobe(rendered, TINY, seed=5)
    with pytest.raises(RenderError, match="outfits 2 there, 3 now"):
        render_wardrobe(rendered, TINY, outfits=3)


def test_a_damaged_truth_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "wardrobe.json").write_text("{")
    with pytest.raises(RenderError, match=r"wardrobe\.json is damaged"):
        render_wardrobe(tmp_path, TINY)


@pytest.mark.parametrize(("setting", "value"), [("outfits", 1), ("workers", 0), ("seed", -1)])
def test_settings_out_of_range_are_refused(tmp_path: Path, setting: str, value: int) -> None:
    with pytest.raises(RenderError, match=f"{setting} is {value}, expected at least"):
        render_wardrobe(tmp_path / "new", TINY, **{setting: value})
    assert not (tmp_path / "new").exists()


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ccreid\[render\]'"):
        render_wardrobe(tmp_path / "new", TINY)


def test_importing_the_renderer_imports_neither_anny_nor_numba() -> None:
    import subprocess

    code = "import ccreid.wardrobe.render, sys; sys.exit(bool({'anny', 'numba'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_large_preset_has_prccs_counts() -> None:
    large = PRESETS["221"]
    assert large.train_identities + large.test_identities == 221
    assert (large.train_images, large.gallery_images, large.same_images, large.cross_images) == (
        17_896,
        3_384,
        3_543,
        3_873,
    )
