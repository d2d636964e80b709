"""How far the work on many images is: a bar on a terminal, a few plain lines in a log."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LONG: Final = 512
"""Images of the longest list that is worked on without a word, where it is a function's and no command's."""

_LINES: Final = 10
_SECONDS_BETWEEN_LINES: Final = 10.0


@contextlib.contextmanager
def show_progress(work: str, images: int | None, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """Show how many of the images are done, how many are worked on a second, and the time that is left.

    Args:
        work: What is done with them, such as "parsing".
        images: How many there are; None where that is not known.
        shown: False shows nothing.

    Yields:
        A function to call with the number of images that were just done and of those that needed nothing.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn(work),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.1f} images/s"),
        TimeRemainingColumn(),
    )
    rate = _Rate(images)
    on_terminal = shown and console.is_terminal
    # What is printed meanwhile goes where it always goes: rich would send it to the bar's console, which is stderr.
    with Progress(*columns, console=console, disable=not on_terminal, redirect_stdout=False) as progress:
        task = progress.add_task(work, total=images, rate=0.0)

        def advance(worked: int, passed: int) -> None:
            rate.count(worked, passed)
            progress.update(task, completed=rate.done, rate=rate.images_per_second)
            line = rate.line()
            if line and shown and not on_terminal:
                console.print(line, highlight=False, soft_wrap=True)

        yield advance


def duration(seconds: float) -> str:
    """Return a time in words of hours, minutes and seconds.

    >>> duration(125), duration(7300), duration(0.3)
    ('2 min 5 s', '2 h 1 min', '0 s')
    """
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def seconds_each(seconds: float) -> str:
    """Return a short time, such as a step's, with as many digits as say something.

    >>> seconds_each(2.345), seconds_each(0.01234), seconds_each(0)
    ('2.3 s', '12 ms', '0 ms')
    """
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


class _Rate:
    """Counts images, and gives a line at each tenth of them, at least some seconds apart.

    Where nobody knows how many there are, lines come ever more seldom, each after a tenth more.
    """

    def __init__(self, images: int | None) -> None:
        self.images = images or None  # that none is known, a caller may also say by 0
        self.done = 0
        self._worked = 0
        self._started: float | None = None
        self._now = self._last_line = time.monotonic()
        self._next_line = -(-(images or 0) // _LINES)

    @property
    def images_per_second(self) -> float:
        if self._started is None:
            return 0.0
        return self._worked / max(self._now - self._started, 1e-9)

    def count(self, worked: int, passed: int) -> None:
        before, self._now = self._now, time.monotonic()
        if self._started is None and worked:
            self._started = before  # what was done already says nothing about the speed
        self._worked += worked
        self.done += worked + passed

    def line(self) -> str:
        if self.done < self._next_line or self._now - self._last_line < _SECONDS_BETWEEN_LINES:
            return ""
        self._last_line = self._now
        if self.images is None:
            self._next_line = self.done + self.done // _LINES + 1
            return f"{self.done} images{self._speed()}"
        # The first image of the next tenth.
        self._next_line = -(-(_LINES * self.done // self.images + 1) * self.images // _LINES)
        left = f", {duration((self.images - self.done) / self.images_per_second)} left" if self._worked else ""
        return f"{self.done} of {self.images} images{self._speed()}{left}"

    def _speed(self) -> str:
        return f", {self.images_per_second:.1f} images/s" if self._worked else ""
