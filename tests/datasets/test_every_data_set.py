"""What every data set keeps to, whatever its layout."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from datasets.make_ccvid import make_ccvid
from datasets.make_celeb_reid import make_celeb_reid
from datasets.make_deepchange import make_deepchange
from datasets.make_last import make_last
from datasets.make_ltcc import make_ltcc
from datasets.make_market1501 import make_market1501
from datasets.make_prcc import make_prcc
from datasets.make_vc_clothes import make_vc_clothes
from evaluation.plain_ranking import rank_plainly
from PIL import Image

from ccreid.datasets.open_data import DATA_SETS, open_data_set, recognise
from ccreid.datasets.record import DataSetError, DataSetName, ImageRecord, MissingFolderError
from ccreid.evaluation import Features, evaluate_all_gallery
from ccreid.evaluation.evaluate import with_labels
from ccreid.evaluation.features import evaluate_features

pytestmark = pytest.mark.slow  # all together; the readers have quick tests of their own

MAKERS: dict[str, Callable[[Path], Path]] = {
    "prcc": make_prcc,
    "ltcc": make_ltcc,
    "vc_clothes": make_vc_clothes,
    "celeb_reid": make_celeb_reid,
    "deepchange": make_deepchange,
    "last": make_last,
    "market1501": make_market1501,
    "ccvid": make_ccvid,
}

FOLDERS = {
    "prcc": ("rgb/train", "rgb/test/A", "rgb/test/B", "rgb/test/C"),
    "ltcc": ("train", "query", "test"),
    "vc_clothes": ("train", "query", "gallery"),
    "celeb_reid": ("train", "query", "gallery"),
    "deepchange": ("train-set", "test-set-query", "test-set-gallery"),
    "last": ("train", "test/query", "test/gallery"),
    "market1501": ("bounding_box_train", "query", "bounding_box_test"),
    "ccvid": ("session1", "session2", "session3"),
}


def test_every_data_set_has_a_made_one() -> None:
    assert MAKERS.keys() == FOLDERS.keys() == DATA_SETS.keys() - {"table", "people"}  # which have tests of their own


def test_recipes_and_commands_know_every_data_set() -> None:
    assert get_args(DataSetName) == ("auto", *DATA_SETS)


@pytest.fixture(params=sorted(MAKERS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def root(name: str, tmp_path: Path) -> Path:
    return MAKERS[name](tmp_path / "data")


def test_the_layout_tells_which_it_is(name: str, root: Path) -> None:
    assert recognise(root) == name
    assert type(open_data_set(root)) is DATA_SETS[name]
    assert open_data_set(root).name == name
    assert [other for other, kind in DATA_SETS.items() if kind.recognises(root)] == [name]


@pytest.mark.slow
def test_records_are_files_with_their_own_part_maps(root: Path) -> None:
    data = open_data_set(root, parts="required")
    for record in data.records():
        assert record.image.is_file()
        assert record.parts is not None
        inside = record.parts.relative_to(root / "parts").with_suffix("")
        assert str(record.image.with_suffix("")).endswith(f"/{inside}")
        assert record.image.with_suffix("") in {root / inside, root / "rgb" / inside}
    assert len(data.records()) == len({record.image for record in data.records()})
    assert data.verify() == []


def test_training_and_test_images_are_apart(root: Path) -> None:
    data = open_data_set(root)
    assert all(record.parts is None for record in data.records())
    assert not {record.image for record in data.train} & {record.image for record in data.test_records()}
    assert sorted(data.train_labels.values()) == list(range(len({record.identity for record in data.train})))
    for setting in data.settings:
        assert setting.has_match()
        assert f"{len(setting.query):>7} images" in data.summary()


def test_a_training_image_without_a_part_map_is_left_out_and_listed(root: Path) -> None:
    first = open_data_set(root, parts="required").train[0]
    assert first.parts is not None
    first.parts.unlink()
    data = open_data_set(root, parts="required")
    assert first.image not in {record.image for record in data.train}
    assert [one.path for one in data.skipped if "part map" in one.reason] == [first.image]


def test_part_maps_that_are_there_are_taken_and_no_image_is_left_out(root: Path) -> None:
    whole, bare = open_data_set(root, parts="required"), open_data_set(root, parts="none")
    first = whole.train[0]
    assert first.parts is not None
    first.parts.unlink()
    data = open_data_set(root, parts="where_there")
    assert [replace(record, parts=None) for record in data.records()] == bare.records()
    assert data.skipped == bare.skipped
    assert {record.image for record in data.records() if record.parts is None} == {first.image}
    shutil.rmtree(root / "parts")
    assert open_data_set(root, parts="where_there").records() == bare.records()


def test_no_part_map_at_all_is_an_error_that_says_where_they_are_looked_for(root: Path) -> None:
    (root / "parts").rename(root / "elsewhere")
    with pytest.raises(
        DataSetError, match=rf"no training image of {root} has a part map, .*{root}/parts/.*ccreid parse"
    ):
        open_data_set(root, parts="required")


def test_a_missing_folder_is_named(name: str, root: Path) -> None:
    for folder in FOLDERS[name]:
        (root / folder).rename(root / "away")
        with pytest.raises(MissingFolderError, match=rf"{root} is not laid out like .*no folder {root / folder}: give"):
            open_data_set(root, name)
        (root / folder).mkdir()
        with pytest.raises(DataSetError, match=rf"{root / folder} holds no images.*: expected"):
            open_data_set(root, name)
        (root / folder).rmdir()
        (root / "away").rename(root / folder)


def test_a_missing_root_is_named(name: str, root: Path) -> None:
    with pytest.raises(MissingFolderError, match=r"nowhere is not laid out like .*, it does not exist: give"):
        open_data_set(root / "nowhere", name)


@pytest.mark.slow
def test_what_desktops_leave_behind_is_passed_over(root: Path) -> None:
    before = open_data_set(root)
    for record in (before.train[0], before.settings[0].query[0], before.settings[0].gallery[0]):
        for left in (f"._{record.image.name}", "Thumbs.db", ".DS_Store"):
            (record.image.parent / left).write_bytes(b"x")
    after = open_data_set(root)
    assert after.train == before.train
    assert after.settings == before.settings
    assert after.skipped == before.skipped


@pytest.mark.slow
def test_an_image_with_another_name_is_left_out_and_listed(root: Path) -> None:
    before = open_data_set(root)
    stranger = before.train[0].image.with_name(f"photo 1{before.train[0].image.suffix}")
    stranger.write_bytes(before.train[0].image.read_bytes())
    after = open_data_set(root)
    assert after.train == before.train
    assert [one.path for one in after.skipped if one not in before.skipped] == [stranger]


@pytest.mark.slow
def test_a_film_and_a_folder_among_the_images_are_listed(root: Path) -> None:
    before = open_data_set(root)
    beside = before.train[0].image.parent
    (beside / "walk.mp4").write_bytes(b"x")
    (beside / "more").mkdir()
    (beside / "more" / before.train[0].image.name).write_bytes(before.train[0].image.read_bytes())
    after = open_data_set(root)
    assert after.train == before.train
    assert {(one.path.name, one.reason) for one in after.skipped if one not in before.skipped} == {
        ("walk.mp4", "no image by its ending"),
        ("more", "a folder among the images, which is not looked into"),
    }


def test_part_maps_may_end_in_capitals(root: Path) -> None:
    before = open_data_set(root, parts="required")
    for record in before.train:
        assert record.parts is not None
        record.parts.rename(record.parts.with_suffix(".PNG"))
    assert len(open_data_set(root, parts="required").train) == len(before.train)


@pytest.mark.slow
def test_settings_are_evaluated_as_their_filters_read(root: Path) -> None:
    random = np.random.default_rng(0)
    for setting in open_data_set(root).settings:
        query, gallery = (
            with_labels(Features(random.normal(size=(len(side), 3)), *_labels(side)), side, setting)
            for side in (setting.query, setting.gallery)
        )

        def plainly(record: ImageRecord) -> tuple[int, str, int | None]:
            # What the plain evaluation calls camera is whatever a match may not share with its query.
            view = {"camera": record.camera, "sequence": record.sequence, "image": str(record.image)}[setting.view]  # noqa: B023
            return record.identity, str(view), None if setting.clothes == "any" else record.clothes  # noqa: B023

        expected = rank_plainly(
            query.features.tolist(),
            gallery.features.tolist(),
            [plainly(record) for record in setting.query],
            [plainly(record) for record in setting.gallery],
            match_clothes=setting.clothes,
        )
        assert expected is not None
        row = evaluate_all_gallery(query, gallery, setting.name, "random", 0)
        assert (row.queries, row.skipped) == (expected.queries, expected.skipped)
        assert [row.R1, row.mAP, row.mINP] == pytest.approx(
            [expected.cmc[0], expected.mean_average_precision, expected.mean_inverse_penalty], abs=1e-9
        )


@pytest.mark.slow
def test_held_out_training_images_look_for_each_other(root: Path) -> None:
    data = open_data_set(root)
    setting = data.held_out_setting(data.train)
    assert setting.has_match()
    assert {record.image for record in [*setting.query, *setting.gallery]} <= {record.image for record in data.train}
    features = {record.image: np.eye(len(data.train))[row] for row, record in enumerate(data.train)}
    query, gallery = (
        with_labels(Features(np.stack([features[one.image] for one in side]), *_labels(side)), side, setting)
        for side in (setting.query, setting.gallery)
    )
    # Each image is nearest to itself, which may never count as a match.
    metrics = evaluate_features(query, gallery)
    assert metrics.rank(1) == 0


@pytest.mark.slow
def test_held_out_identities_without_a_match_are_refused(root: Path) -> None:
    data = open_data_set(root)
    with pytest.raises(DataSetError, match=r"set selection\.held_out 0"):
        data.held_out_setting(data.train[:1])


def _labels(records: object) -> tuple[np.ndarray, np.ndarray]:
    assert isinstance(records, list | tuple)
    return np.array([one.identity for one in records]), np.array([one.camera for one in records])


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="there is no data set 'market': did you mean 'market1501'"):
        open_data_set(tmp_path, "market")


def test_a_folder_of_no_known_layout_is_answered_with_one_near_it(tmp_path: Path) -> None:
    make_ltcc(tmp_path / "LTCC_ReID")
    with pytest.raises(
        MissingFolderError, match=rf"like PRCC or any other .* \(prcc, ltcc, .*: give {tmp_path / 'LTCC_ReID'}$"
    ):
        open_data_set(tmp_path)
    with pytest.raises(MissingFolderError, match=rf": give {tmp_path / 'LTCC_ReID'}$"):
        open_data_set(tmp_path / "LTCC_ReID" / "train")
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        MissingFolderError, match=r"empty is not laid out like PRCC or any other data set .*docs/datasets\.md"
    ):
        open_data_set(tmp_path / "empty")


@pytest.mark.parametrize("ending", [".png", ".JPEG", ".webp", ".tif"])
def test_images_of_another_format_are_read_as_well(root: Path, ending: str) -> None:
    before = open_data_set(root).records()
    for record in before:
        with Image.open(record.image) as image:
            image.save(record.image.with_name(f"{record.image.stem}@{ending}"))
        record.image.unlink()
    for path in root.rglob("*@*"):
        path.rename(path.with_name(path.name.replace("@", "")))
    after = open_data_set(root)
    assert [one.image.stem for one in after.records()] == [one.image.stem for one in before]
    assert not [one for one in after.skipped if "name does not follow" in one.reason]


def test_of_two_images_that_differ_in_their_ending_one_is_read_and_one_listed(root: Path) -> None:
    data = open_data_set(root)
    twin = data.train[0].image.with_suffix(".webp")
    with Image.open(data.train[0].image) as image:
        image.save(twin)
    after = open_data_set(root)
    assert len(after.train) == len(data.train)
    assert [one.reason for one in after.skipped if one.path.stem == twin.stem] == [
        "an image that differs from another in its ending alone"
    ]
