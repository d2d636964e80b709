from pathlib import Path

import pytest

from ccreid.datasets.record import DataSetError, ImageRecord
from ccreid.datasets.tracks import by_track, clashes, middle_image, unit_of


def _frame(
    name: str, track: str | None, identity: int = 1, camera: str = "A", clothes: int | str | None = 1
) -> ImageRecord:
    return ImageRecord(Path(name), None, identity, camera, clothes, 0, track=track)


def test_the_frames_of_a_track_keep_their_order_wherever_they_stand() -> None:
    frames = [_frame("a1", "a"), _frame("b1", "b"), _frame("a2", "a"), _frame("a3", "a"), _frame("b2", "b")]
    assert [[one.image.name for one in track] for track in by_track(frames)] == [["a1", "a2", "a3"], ["b1", "b2"]]


@pytest.mark.parametrize(("count", "middle"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2)])
def test_the_middle_image_stands_for_a_track(count: int, middle: int) -> None:
    track = tuple(_frame(str(number), "a") for number in range(count))
    assert middle_image(track) is track[middle]


def test_tracks_are_meant_where_no_image_is_without_one() -> None:
    assert unit_of([_frame("a1", "a"), _frame("b1", "b")]) == "tracks"
    assert unit_of([_frame("a1", "a"), _frame("b1", None)]) == "images"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (_frame("2", "a", identity=2), "the track 'a' has two identities, '1' and '2'; give each"),
        (_frame("2", "a", camera="B"), "the track 'a' has two cameras, 'A' and 'B'; give each"),
        (_frame("2", "a", clothes=2), "the track 'a' has two outfits, 1 and 2; give each"),
    ],
)
def test_images_that_cannot_be_one_track_are_named(other: ImageRecord, why: str) -> None:
    with pytest.raises(DataSetError, match=f"1 and 2 cannot be one track: {why}"):
        by_track([_frame("1", "a"), other])


def test_what_is_not_known_differs_from_nothing() -> None:
    frames = [_frame("1", "a", camera="", clothes=None), _frame("2", "a"), _frame("3", "a", camera="")]
    assert list(clashes(frames)) == []
    assert [places[:2] for places in clashes([*frames, _frame("4", "a", camera="B")])] == [(1, 3)]


def test_images_without_a_track_are_of_no_track() -> None:
    assert list(clashes([_frame("1", None), _frame("2", None, identity=2)])) == []
