"""How far a parsing is: a bar on a terminal, a few plain lines in a log."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_LINES: Final = 10
_SECONDS_BETWEEN_LINES: Final = 10.0


@contextlib.contextmanager
def show_progress(images: int) -> Iterator[Callable[[int, int], None]]:
    """Show how many of the images are done, how many are parsed a second, and the time that is left.

    Yields:
        A function to call with the number of images that were just parsed and of those that needed nothing.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("parsing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.1f} images/s"),
        TimeRemainingColumn(),
    )
    rate = _Rate(images)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("parsing", total=images, rate=0.0)

        def advance(parsed: int, passed: int) -> None:
            rate.count(parsed, passed)
            progress.update(task, completed=rate.done, rate=rate.images_per_second)
            line = rate.line()
            if line and not console.is_terminal:
                console.print(line, highlight=False, soft_wrap=True)

        yield advance


class _Rate:
    """Counts images, and gives a line at each tenth of them, at least some seconds apart."""

    def __init__(self, images: int) -> None:
        self.images = images
        self.done = 0
        self._parsed = 0
        self._started: float | None = None
        self._now = self._last_line = time.monotonic()
        self._tenths = 0

    @property
    def images_per_second(self) -> float:
        if self._started is None:
            return 0.0
        return self._parsed / max(self._now - self._started, 1e-9)

    def count(self, parsed: int, passed: int) -> None:
        before, self._now = self._now, time.monotonic()
        if self._started is None and parsed:
            self._started = before  # what was done already says nothing about the parser's speed
        self._parsed += parsed
        self.done += parsed + passed

    def line(self) -> str:
        tenths = _LINES * self.done // max(self.images, 1)
        if tenths == self._tenths or self._now - self._last_line < _SECONDS_BETWEEN_LINES:
            return ""
        self._tenths, self._last_line = tenths, self._now
        line = f"{self.done} of {self.images} images"
        if self._parsed:
            left = (self.images - self.done) / self.images_per_second
            line += f", {self.images_per_second:.1f} images/s, {_duration(left)} left"
        return line


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
