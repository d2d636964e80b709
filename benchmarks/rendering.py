"""Rendered people a second on all cores, and how much of one core's time is inside compiled code."""

import contextlib
import importlib
import pkgutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import measuring
from measuring import OURS, Case, Row

from ccreid import wardrobe
from ccreid.wardrobe import render
from ccreid.wardrobe.crowd import Crowd
from ccreid.wardrobe.crowd_job import crowd_jobs
from ccreid.wardrobe.job import Job, write_images
from ccreid.wardrobe.preset_job import preset_jobs
from ccreid.wardrobe.presets import Preset

WARM = Preset("bench", 2, 2, 6, 2, 2, 2)
PRESET = Preset("bench", 4, 2, 4 * 24, 24, 24, 24)
QUICK_PRESET = Preset("bench", 2, 1, 2 * 9, 3, 3, 3)
CROWD = Crowd(60, outfits=4, images_per_walk=2)
QUICK_CROWD = Crowd(3, outfits=2, images_per_walk=1)


def main() -> None:
    arguments = measuring.arguments(__doc__)
    preset = QUICK_PRESET if arguments.quick else PRESET
    row = Row("rendering", "Rendering Wardrobe, 256x128 with part maps", [])
    with tempfile.TemporaryDirectory() as folder:
        # The body's cache and the compiled code are there from now on.
        render.render_wardrobe(Path(folder) / "warm", WARM)
        report = render.render_wardrobe(Path(folder) / "all", preset)
        row.cases.append(
            Case("all cores, from nothing to files", "images/s", {OURS: [report.written / report.seconds]})
        )
        one = list(preset_jobs(Path(folder) / "one", preset, seed=0, outfits=2))[:6]
        crowd = list(crowd_jobs(Path(folder) / "crowd", CROWD, seed=0))[: 3 if arguments.quick else 24]
        readings = {"one core, without starting up": one_core(one), "one core, a crowd": one_core(crowd)}
        crowd_report = render.render_crowd(Path(folder) / "all-crowd", QUICK_CROWD if arguments.quick else CROWD)
    row.cases.append(
        Case(
            "all cores, a crowd, from nothing to files",
            "images/s",
            {OURS: [crowd_report.written / crowd_report.seconds]},
        )
    )
    row.cases += [
        Case(work, "images/s", {OURS: [images / seconds], "limit: compiled code alone": [images / compiled]})
        for work, (seconds, compiled, images) in readings.items()
    ]
    row.remarks = "The limit is what one core would do if all time outside the compiled (numba) functions were nothing."
    measuring.finish(row, arguments.out)


def one_core(jobs: Sequence[Job]) -> tuple[float, float, int]:
    """Draw some people in this process; return the seconds, those inside compiled functions, and the images."""
    write_images(jobs[0].root, jobs[0].draw([0]))
    spent = [0.0]
    with _clocks(spent):
        seconds, images = measuring.timed(lambda: sum(map(_draw, jobs)))
    return seconds, spent[0], images


@contextlib.contextmanager
def _clocks(spent: list[float]) -> Iterator[None]:
    """Add up the time inside compiled functions while the block runs."""
    compiled = [
        (module, name, function)
        for module in map(importlib.import_module, _modules())
        for name, function in vars(module).items()
        if hasattr(function, "py_func")
    ]
    for module, name, function in compiled:
        setattr(module, name, _clocked(function, spent))
    yield
    for module, name, function in compiled:
        setattr(module, name, function)


def _modules() -> list[str]:
    return [found.name for found in pkgutil.iter_modules(wardrobe.__path__, f"{wardrobe.__name__}.")]


def _draw(job: Job) -> int:
    write_images(job.root, job.draw(range(1, len(job.names))))
    return len(job.names) - 1


def _clocked(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def run(*arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments)
        finally:
            spent[0] += time.perf_counter() - started

    return run


if __name__ == "__main__":
    main()
