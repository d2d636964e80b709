from pathlib import Path

import pytest
from datasets.make_market1501 import make_market1501

from ccreid.datasets.market1501 import Market1501


@pytest.fixture
def data(tmp_path: Path) -> Market1501:
    return Market1501(make_market1501(tmp_path, train_identities=3, test_identities=2))


def test_counts_come_from_disk(data: Market1501) -> None:
    assert (len(data.train), len(data.query), len(data.gallery)) == (3 * 6, 2, 2 * 6 + 2)


def test_junk_is_left_out_and_listed_and_distractors_stay_in_the_gallery(data: Market1501) -> None:
    assert {record.identity for record in data.gallery} == {0, 4, 5}
    assert sorted(one.path.name for one in data.skipped) == ["-1_c1s1_000401_03.jpg", "-1_c6s3_000451_04.jpg"]
    assert {one.reason for one in data.skipped} == {"junk, identity -1"}
    assert 0 not in data.train_labels
    assert "2 files: junk, identity -1" in data.summary()


def test_names_say_identity_camera_and_frame(data: Market1501) -> None:
    record = next(record for record in data.train if record.image.name == "0002_c3s1_000226_01.jpg")
    assert (record.identity, record.camera, record.clothes, record.frame) == (2, "3", None, 226)


def test_the_setting_drops_matches_of_the_querys_camera(data: Market1501) -> None:
    (setting,) = data.settings
    assert (setting.name, setting.view, setting.clothes, setting.single_shot) == (
        "standard", "camera", "any", False,
    )  # fmt: skip


def test_names_with_ten_and_more_cameras_and_sequences_are_read(tmp_path: Path) -> None:
    root = make_market1501(tmp_path)
    first = min((root / "query").iterdir())
    first.rename(first.with_name(first.name.replace("_c1s1_", "_c12s10_")))
    data = Market1501(root, "none")
    assert "12" in {record.camera for record in data.query}
    assert len(data.skipped) == 2  # junk, as before
