import pytest
from rich.console import Console

from ccreid import progress
from ccreid.progress import show_progress


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    clock = _Clock()
    monkeypatch.setattr(progress.time, "monotonic", clock)
    return clock


def test_a_log_gets_a_few_lines_with_rate_and_time_left(clock: _Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress("parsing", 1000) as advance:
        for _ in range(250):
            clock.now += 2
            advance(4, 0)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0] == "100 of 1000 images, 2.0 images/s, 7 min 30 s left"
    assert lines[-1] == "1000 of 1000 images, 2.0 images/s, 0 s left"


def test_a_short_parsing_has_no_lines(clock: _Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress("parsing", 100) as advance:
        for _ in range(10):
            clock.now += 0.5
            advance(10, 0)
    assert capsys.readouterr().err == ""


def test_what_was_done_already_does_not_count_into_the_rate(clock: _Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress("parsing", 100_000) as advance:
        clock.now += 20
        advance(0, 90_000)
        clock.now += 20
        advance(1, 0)
        clock.now += 20
        advance(3, 9_996)
    assert capsys.readouterr().err.splitlines() == [
        "90000 of 100000 images",
        "100000 of 100000 images, 0.1 images/s, 0 s left",
    ]


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (61, "1 min 1 s"), (7_250, "2 h 0 min")])
def test_durations_are_short(seconds: float, words: str) -> None:
    assert progress.duration(seconds) == words


def test_of_an_unknown_number_lines_come_ever_more_seldom(clock: _Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress("embedding", None) as advance:
        for _ in range(1000):
            clock.now += 10
            advance(1, 0)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "1 images, 0.1 images/s"
    assert 20 < len(lines) < 100


def test_what_is_not_to_be_shown_is_not(clock: _Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress("embedding", 100, shown=False) as advance:
        for _ in range(100):
            clock.now += 20
            advance(1, 0)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_bar_and_what_is_printed_meanwhile_stays_on_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "Console", lambda stderr: Console(stderr=stderr, force_terminal=True, width=100))
    with show_progress("parsing", 20) as advance:
        advance(20, 0)
        print("a result")
    out, err = capsys.readouterr()
    assert out == "a result\n"
    assert "parsing" in err
    assert "20/20" in err
