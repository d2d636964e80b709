"""Which entries of a gallery a search or a removal is about: by camera, time, person and file."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from ccreid.errors import BadValueError

UNKNOWN: Final = -(2**63)
"""The moment of an entry of which no time is known: the smallest number of 64 bits."""

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filters:
    """What an entry must be; where several are given, all of them.

    Attributes:
        cameras: One of these; any where there is none.
        identities: One of these people; any where there is none.
        paths: One of these absolute paths; any where there is none.
        since: Not taken before this moment, in microseconds since 1970.
        until: Not taken after this moment. An entry of unknown time does not pass where either is given.
    """

    cameras: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    def __bool__(self) -> bool:
        return self != Filters()


def moment(text: str) -> int:
    """Return a time in microseconds since 1970, or `UNKNOWN` where it is no ISO 8601 and no number of seconds.

    A time without a zone is UTC, a date its midnight.

    >>> moment("1970-01-02"), moment("1970-01-01 00:00:01.5"), moment("1970-01-01T01:00+01:00"), moment("2.5")
    (86400000000, 1500000, 0, 2500000)
    >>> moment("noon") == UNKNOWN
    True
    """
    text = text.strip()
    if not text:
        return UNKNOWN
    try:
        if text.isascii() and text.replace(".", "", 1).isdecimal() and len(text.partition(".")[0]) != len("20240131"):
            return round(float(text) * 1_000_000)
        when = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return UNKNOWN
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (when - _START) // timedelta(microseconds=1)


def filters_of(
    cameras: tuple[str, ...] = (),
    since: str | None = None,
    until: str | None = None,
    identities: tuple[str, ...] = (),
    paths: tuple[str | Path, ...] = (),
) -> Filters:
    """Return the filters that a user's words mean.

    Args:
        cameras: Names.
        since: A time, such as 2024-05-01 or 2024-05-01T18:30.
        until: A time; a date without a time means its last moment.
        identities: Names.
        paths: Files, relative to the current folder or absolute.

    Raises:
        BadValueError: A time cannot be read, or nothing can be between the two.

    Example:
        >>> filters_of(until="1970-01-01").until
        86399999999
    """
    after = None if since is None else _read(since, "since")
    before = None if until is None else _read(until, "until")
    if until is not None and before is not None and _is_date(until):
        before += 24 * 3600 * 1_000_000 - 1
    if after is not None and before is not None and after > before:
        raise BadValueError(f"since {since} is after until {until}: exchange them")
    return Filters(cameras, identities, tuple(str(Path(path).absolute()) for path in paths), after, before)


def _read(text: str, what: str) -> int:
    when = moment(text)
    if when == UNKNOWN:
        raise BadValueError(f"{what} is {text!r}, expected a time such as 2024-05-01 or 2024-05-01T18:30")
    return when


def _is_date(text: str) -> bool:
    return len(text.strip()) in {len("2024-01-31"), len("20240131")} and ":" not in text and "." not in text
