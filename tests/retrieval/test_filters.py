from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccreid.errors import BadValueError
from ccreid.retrieval.filters import UNKNOWN, Filters, filters_of, moment


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))])))
def test_moments_are_in_the_order_of_time_in_any_zone(when: datetime) -> None:
    later = moment((when.astimezone(UTC).replace(tzinfo=None)).isoformat())
    assert later == moment(when.isoformat())
    if when.year < 9999:
        assert moment((when + timedelta(microseconds=1)).isoformat()) == later + 1


@pytest.mark.parametrize("text", ["", "noon", "2026-13-01", "-5", "1e400", "9" * 400, "\u0663"])
def test_what_is_no_time_is_unknown(text: str) -> None:
    assert moment(text) == UNKNOWN


def test_a_day_ends_with_its_last_moment_and_a_time_is_one() -> None:
    day = filters_of(since="2026-05-01", until="2026-05-01")
    assert day.since is not None and day.until is not None
    assert day.until - day.since == 24 * 3600 * 1_000_000 - 1
    assert filters_of(until="2026-05-01T00:00").until == day.since


def test_what_cannot_be_asked_for_is_one_clear_line() -> None:
    with pytest.raises(BadValueError, match="since is 'yesterday'"):
        filters_of(since="yesterday")
    with pytest.raises(BadValueError, match="after until"):
        filters_of(since="2026-05-02", until="2026-05-01")


def test_filters_that_say_nothing_are_false() -> None:
    assert not filters_of()
    assert filters_of(paths=("a.jpg",))
    assert Filters(since=0)
