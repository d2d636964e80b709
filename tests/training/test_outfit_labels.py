from pathlib import Path

import pytest

from ccreid.datasets.record import DataSetError, ImageRecord
from ccreid.training.outfit_labels import outfits_as_identities


def _record(identity: int, clothes: int | None) -> ImageRecord:
    return ImageRecord(Path(f"{identity}_{clothes}.jpg"), None, identity, "A", clothes, 1)


def test_each_outfit_of_each_person_is_a_class_of_its_own() -> None:
    records = [_record(7, 1), _record(7, 2), _record(9, 1), _record(7, 1)]
    assert [record.identity for record in outfits_as_identities(records)] == [0, 1, 2, 0]
    assert [record.image for record in outfits_as_identities(records)] == [record.image for record in records]


def test_an_unknown_outfit_is_refused_by_the_name_of_its_image() -> None:
    with pytest.raises(DataSetError, match=r"1 of 2 training images, such as 3_None\.jpg, .* set data\.labels people"):
        outfits_as_identities([_record(3, None), _record(3, 1)])
