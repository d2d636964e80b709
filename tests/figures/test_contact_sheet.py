from pathlib import Path

from datasets.make_prcc import make_prcc

from ccreid.datasets.prcc import PRCC
from ccreid.figures.contact_sheet import contact_sheet


def test_people_stand_in_rows_with_their_part_maps_beside(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path, train_identities=4, images=3))
    sheet = contact_sheet(data.train, identities=3, images=6, height=32, width=16)
    assert sheet.height == 4 + 3 * (32 + 4)
    assert sheet.width >= 12 * (16 + 4)


def test_few_images_are_shown_as_they_are(tmp_path: Path) -> None:
    data = PRCC(make_prcc(tmp_path, train_identities=2, images=1))
    sheet = contact_sheet(data.train, identities=8, images=6, height=32, width=16)
    assert sheet.height == 4 + 2 * (32 + 4)
