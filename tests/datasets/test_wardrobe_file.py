from dataclasses import replace
from pathlib import Path

import pytest
from datasets.make_prcc import make_prcc, write_truth

from ccreid.datasets.prcc import PRCC
from ccreid.datasets.record import DataSetError
from ccreid.datasets.wardrobe_file import read_azimuths


def test_each_image_has_its_azimuth(tmp_path: Path) -> None:
    root = make_prcc(tmp_path)
    write_truth(root, [0.25, -3.0])
    data = PRCC(root)
    first, second = read_azimuths(root, data.query_cross[:2]) or []
    assert {first, second} == {0.25, -3.0}
    assert read_azimuths(root, data.query_cross[1::-1]) == [second, first]


def test_a_sketch_is_seen_from_where_its_photo_is(tmp_path: Path) -> None:
    root = make_prcc(tmp_path)
    write_truth(root, [0.25, -3.0])
    photos = PRCC(root).query_cross
    sketches = [replace(one, image=root / "sketch" / one.image.relative_to(root / "rgb")) for one in photos]
    assert read_azimuths(root, sketches) == read_azimuths(root, photos)


def test_a_data_set_of_photos_has_none(tmp_path: Path) -> None:
    root = make_prcc(tmp_path)
    assert read_azimuths(root, PRCC(root).gallery) is None


@pytest.mark.parametrize("content", ["no json", "[]", '{"images": [{"path": "x"}]}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    root = make_prcc(tmp_path)
    (root / "wardrobe.json").write_text(content)
    with pytest.raises(DataSetError, match=r"wardrobe\.json is damaged"):
        read_azimuths(root, PRCC(root).gallery)


def test_an_image_that_is_not_in_it_is_named(tmp_path: Path) -> None:
    root = make_prcc(tmp_path)
    (root / "wardrobe.json").write_text('{"images": []}')
    with pytest.raises(DataSetError, match=r"does not know test/A/005/cropped_rgb001\.jpg"):
        read_azimuths(root, PRCC(root).gallery)
