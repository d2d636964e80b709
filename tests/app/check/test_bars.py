from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ccreid.app.check.bars import Bar, bar_plots
from ccreid.datasets.record import ImageRecord


def _record(number: int, identity: int, camera: str = "", clothes: int | None = None) -> ImageRecord:
    return ImageRecord(Path(f"{number}.jpg"), None, identity, camera, clothes, 0)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_people_are_counted_by_how_many_images_they_have(identities: list[int]) -> None:
    records = [_record(number, identity) for number, identity in enumerate(identities)]
    (plot,) = bar_plots(records, [])
    people = Counter(identities)
    for bar in plot.bars:
        low, _, high = bar.label.partition(" to ")
        assert bar.train == sum(int(low) <= count <= int(high or low) for count in people.values())
    assert sum(bar.train for bar in plot.bars) == len(people)


def test_cameras_and_outfits_are_drawn_where_they_are_known() -> None:
    train = [_record(0, 1, "2", 1), _record(1, 1, "10", 2), _record(2, 1, "10", 2)]
    test = [_record(3, 7, "2", 1)]
    plots = {plot.title: list(plot.bars) for plot in bar_plots(train, test)}
    assert plots["Images of a camera"] == [Bar("2", 1, 1), Bar("10", 2, 0)]
    assert plots["Cameras that saw a person"] == [Bar("1", 0, 1), Bar("2", 1, 0)]
    assert plots["Outfits of a person"] == [Bar("1", 0, 1), Bar("2", 1, 0)]
    assert plots["Images of an outfit"] == [Bar("1", 1, 1), Bar("2", 1, 0)]


def test_of_many_cameras_the_first_are_drawn_and_the_others_counted() -> None:
    records = [_record(number, 1, str(number)) for number in range(100)]
    plot = next(plot for plot in bar_plots(records, []) if plot.title == "Images of a camera")
    assert len(plot.bars) == 40
    assert plot.note == "and 60 cameras more"
