from pathlib import Path

from datasets.make_last import make_last

from ccreid.datasets.last import LaST


def test_counts_come_from_disk_and_the_validation_set_is_not_read(tmp_path: Path) -> None:
    data = LaST(make_last(tmp_path, train_identities=3, test_identities=2))
    assert (len(data.train), len(data.query), len(data.gallery)) == (3 * 4, 2, 2 * 3)
    assert not any("val" in record.image.parts for record in data.records())
    assert not data.skipped


def test_outfits_are_known_in_training_alone(tmp_path: Path) -> None:
    data = LaST(make_last(tmp_path))
    record = next(one for one in data.train if one.image.name == "000002_0_0001_02.jpg")
    assert (record.identity, record.camera, record.clothes) == (2, "", 2)
    assert {one.clothes for one in [*data.query, *data.gallery]} == {None}
    assert data.held_out_setting(data.train).clothes == "other"


def test_no_match_is_dropped(tmp_path: Path) -> None:
    (setting,) = LaST(make_last(tmp_path)).settings
    assert (setting.name, setting.view, setting.clothes) == ("standard", "image", "any")
