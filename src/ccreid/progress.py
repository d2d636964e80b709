"""How far the work on a tree of images is: a bar on a terminal, a few plain lines in a log."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_LINES: Final = 10
_SECONDS_BETWEEN_LINES: Final = 10.0


@contextlib.contextmanager
def show_progress(work: str, images: int) -> Iterator[Callable[[int, int], None]]:
    """Show how many of the images are done, how many are worked on a second, and the time that is left.

    Args:
        work: What is done with them, such as "parsing".
        images: How many there are.

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
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(work, total=images, rate=0.0)

        def advance(worked: int, passed: int) -> None:
            rate.count(worked, passed)
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
        self._worked = 0
        self._started: float | None = None
        self._now = self._last_line = time.monotonic()
        self._tenths = 0

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
        tenths = _LINES * self.done // max(self.images, 1)
        if tenths == self._tenths or self._now - self._last_line < _SECONDS_BETWEEN_LINES:
            return ""
        self._tenths, self._last_line = tenths, self._now
        line = f"{self.done} of {self.images} images"
        if self._worked:
            left = (self.images - self.done) / self.images_per_second
            line += f", {self.images_per_second:.1f} images/s, {_duration(left)} left"
        return line


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
