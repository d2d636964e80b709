from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccreid.datasets.record import DataSetError, ImageRecord
from ccreid.datasets.retrieval_setting import Clothes, RetrievalSetting, View


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


@pytest.mark.parametrize(
    ("view", "clothes", "gallery", "dropped"),
    [
        ("camera", "any", "g", "matches of the query's camera are dropped"),
        ("camera", "other", "g", "matches of the query's camera and matches in the query's outfit are dropped"),
        ("camera", "same", "g", "matches of the query's camera and matches in other outfits are dropped"),
        ("sequence", "any", "g", "matches of the query's sequence are dropped"),
        ("image", "any", "q", "no cameras are known: only the query's own image is dropped"),
        ("image", "any", "g", "no cameras are known: no match is dropped"),
        ("image", "other", "g", "no cameras are known: only matches in the query's outfit are dropped"),
        (
            "image",
            "same",
            "q",
            "no cameras are known: the query's own image and matches in other outfits are dropped",
        ),
    ],
)
def test_a_setting_says_which_matches_it_drops(view: View, clothes: Clothes, gallery: str, dropped: str) -> None:
    setting = RetrievalSetting("standard", [QUERY], [_record(gallery, 1, "B", 2, "other")], view, clothes)
    assert setting.dropped == dropped


def _frame(name: str, identity: int, track: str | None) -> ImageRecord:
    return replace(_record(name, identity, "", None), track=track)


def test_tracks_are_looked_for_where_all_images_say_theirs() -> None:
    query, gallery = [_frame("q1", 1, "q"), _frame("q2", 1, "q")], [_frame("g1", 1, "g"), _frame("g2", 2, "h")]
    setting = RetrievalSetting("standard", query, gallery, "image")
    assert setting.unit == "tracks"
    assert setting.items(query) == [tuple(query)]
    assert setting.items(gallery) == [(gallery[0],), (gallery[1],)]
    partly = RetrievalSetting("standard", query, [*gallery, _frame("g3", 2, None)], "image")
    assert partly.unit == "images"
    assert partly.items(query) == [(query[0],), (query[1],)]


def test_without_cameras_a_track_is_no_match_of_itself() -> None:
    frames = [_frame("1", 1, "a"), _frame("2", 1, "a")]
    setting = RetrievalSetting("standard", frames, frames, "image")
    assert not setting.has_match()
    assert setting.dropped == "no cameras are known: only the query's own track is dropped"
    assert RetrievalSetting("standard", frames, [*frames, _frame("3", 1, "b")], "image").has_match()
    single = [replace(one, track=None) for one in frames]
    assert RetrievalSetting("standard", single, single, "image").has_match()


@pytest.mark.answers("bad data", "an empty gallery, and no queries")
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


_IMAGES = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("AB"), st.integers(0, 1)), min_size=1, max_size=8)


def _records(side: str, images: list[tuple[int, str, int]]) -> list[ImageRecord]:
    return [ImageRecord(Path(f"{side}{n}.jpg"), None, *image, 0) for n, image in enumerate(images)]


def _matches(query: ImageRecord, other: ImageRecord, clothes: Clothes) -> bool:
    if query.identity != other.identity or query.camera == other.camera:
        return False
    return clothes == "any" or (query.clothes == other.clothes) == (clothes == "same")


@pytest.mark.answers("bad data", "a query of somebody whom the gallery has not")
@given(_IMAGES, _IMAGES, st.sampled_from(["any", "other", "same"]))
def test_queries_without_a_match_are_those_that_match_no_gallery_image(
    query: list[tuple[int, str, int]], gallery: list[tuple[int, str, int]], clothes: Clothes
) -> None:
    asked, searched = _records("query", query), _records("gallery", gallery)
    setting = RetrievalSetting("standard", asked, searched, clothes=clothes)
    plain = [one for one in asked if not any(_matches(one, other, clothes) for other in searched)]
    assert setting.unmatched() == plain
    assert setting.has_match() == (len(plain) < len(asked))


def test_an_image_is_no_match_of_itself_where_cameras_are_not_known() -> None:
    records = _records("test", [(0, "", 0), (1, "", 0), (1, "", 0)])
    assert RetrievalSetting("standard", records, records, view="image").unmatched() == records[:1]
