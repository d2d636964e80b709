from pathlib import Path

from datasets.make_celeb_reid import make_celeb_reid

from ccreid.datasets.celeb_reid import CelebReID


def test_counts_come_from_disk(tmp_path: Path) -> None:
    data = CelebReID(make_celeb_reid(tmp_path, train_identities=3, test_identities=2))
    assert (len(data.train), len(data.query), len(data.gallery)) == (3 * 4, 2 * 2, 2 * 10)
    assert not data.skipped


def test_the_third_number_means_nothing_and_there_are_no_cameras_or_outfits(tmp_path: Path) -> None:
    root = make_celeb_reid(tmp_path)
    (root / "train" / "2_3_0.jpg").rename(root / "train" / "2_3_77.jpg")
    record = next(record for record in CelebReID(root, "none").train if record.image.name == "2_3_77.jpg")
    assert (record.identity, record.camera, record.clothes, record.frame) == (2, "", None, 3)


def test_no_match_is_dropped(tmp_path: Path) -> None:
    (setting,) = CelebReID(make_celeb_reid(tmp_path)).settings
    assert (setting.name, setting.view, setting.clothes) == ("standard", "image", "any")
    views = [setting.view_of(record) for record in [*setting.query, *setting.gallery]]
    assert len(set(views)) == len(views)
