from pathlib import Path

import pytest
from datasets.make_vc_clothes import make_vc_clothes

from ccreid.datasets.record import DataSetError
from ccreid.datasets.vc_clothes import VCClothes


@pytest.fixture
def data(tmp_path: Path) -> VCClothes:
    return VCClothes(make_vc_clothes(tmp_path, train_identities=3, test_identities=2))


def test_counts_come_from_disk(data: VCClothes) -> None:
    assert (len(data.train), len(data.query), len(data.gallery)) == (3 * 4 * 3, 2 * 4, 2 * 4 * 2)
    assert not data.skipped


def test_names_say_identity_camera_outfit_and_frame(data: VCClothes) -> None:
    record = next(record for record in data.train if record.image.name == "0002-04-03-01.jpg")
    assert (record.identity, record.camera, record.clothes, record.frame) == (2, "04", 3, 1)


def test_each_setting_has_its_cameras_on_both_sides(data: VCClothes) -> None:
    cross, same, standard = data.settings
    assert [setting.name for setting in data.settings] == ["cross", "same", "standard"]
    for setting, cameras in ((cross, {"03", "04"}), (same, {"02", "03"}), (standard, {"01", "02", "03", "04"})):
        for side in (setting.query, setting.gallery):
            assert {record.camera for record in side} == cameras
    assert [setting.clothes for setting in data.settings] == ["other", "any", "any"]


def test_a_data_set_without_a_settings_cameras_is_refused(data: VCClothes) -> None:
    for record in data.query:
        if record.camera != "01":
            record.image.unlink()
    with pytest.raises(DataSetError, match="the setting 'cross' has no queries"):
        _ = VCClothes(data.root).settings
