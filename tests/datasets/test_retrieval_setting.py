from pathlib import Path

import pytest

from ccreid.datasets.record import DataSetError, ImageRecord
from ccreid.datasets.retrieval_setting import RetrievalSetting


def _record(name: str, identity: int, camera: str, clothes: int | None, sequence: str | None = None) -> ImageRecord:
    return ImageRecord(Path(name), None, identity, camera, clothes, 0, sequence)


QUERY = _record("q", 1, "A", 1, "first")


@pytest.mark.parametrize(
    ("other", "camera", "other_clothes", "same_clothes", "sequence", "image"),
    [
        (_record("g", 1, "B", 2, "other"), True, True, False, True, True),
        (_record("g", 1, "B", 1, "other"), True, False, True, True, True),
        (_record("g", 1, "A", 2, "other"), False, False, False, True, True),
        (_record("g", 1, "A", 1, "other"), False, False, False, True, True),
        (_record("g", 1, "A", 2, "first"), False, False, False, False, True),
        (_record("q", 1, "A", 1, "first"), False, False, False, False, False),
        (_record("g", 2, "B", 1, "other"), False, False, False, False, False),
    ],
)
def test_a_match_shares_the_identity_and_not_what_the_setting_drops(
    other: ImageRecord, camera: bool, other_clothes: bool, same_clothes: bool, sequence: bool, image: bool
) -> None:
    assert RetrievalSetting("standard", [QUERY], [other]).has_match() == camera
    assert RetrievalSetting("cross", [QUERY], [other], clothes="other").has_match() == other_clothes
    assert RetrievalSetting("same", [QUERY], [other], clothes="same").has_match() == same_clothes
    assert RetrievalSetting("standard", [QUERY], [other], view="sequence").has_match() == sequence
    assert RetrievalSetting("standard", [QUERY], [other], view="image").has_match() == image


def test_an_empty_side_is_refused() -> None:
    with pytest.raises(DataSetError, match="'cross' has no queries"):
        RetrievalSetting("cross", [], [QUERY])
    with pytest.raises(DataSetError, match="'cross' has no gallery images"):
        RetrievalSetting("cross", [QUERY], [])


def test_labels_that_are_compared_must_be_there() -> None:
    unknown = _record("unknown.jpg", 1, "A", None)
    with pytest.raises(DataSetError, match=r"compares outfits, and unknown\.jpg has none"):
        RetrievalSetting("cross", [QUERY], [unknown], clothes="other")
    with pytest.raises(DataSetError, match=r"compares outfits, and unknown\.jpg has none"):
        RetrievalSetting("same", [QUERY], [unknown], clothes="same")
    with pytest.raises(DataSetError, match=r"compares sequences, and unknown\.jpg has none"):
        RetrievalSetting("standard", [QUERY], [unknown], view="sequence")
    RetrievalSetting("standard", [QUERY], [unknown])
