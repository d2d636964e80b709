"""Rendered people a second on all cores, and how much of one core's time is inside compiled code."""

import importlib
import pkgutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measuring
from measuring import OURS, Case, Row

from ccreid.datasets import wardrobe
from ccreid.wardrobe import render
from ccreid.wardrobe.presets import Preset

WARM = Preset("bench", 2, 2, 6, 2, 2, 2)
PRESET = Preset("bench", 4, 2, 4 * 24, 24, 24, 24)
QUICK_PRESET = Preset("bench", 2, 1, 2 * 9, 3, 3, 3)


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
        seconds, compiled, images = one_core(Path(folder) / "one", preset)
    row.cases.append(
        Case(
            "one core, without starting up",
            "images/s",
            {OURS: [images / seconds], "limit: compiled code alone": [images / compiled]},
        )
    )
    row.remarks = "The limit is what one core would do if all time outside the compiled (numba) functions were nothing."
    measuring.finish(row, arguments.out)


def one_core(root: Path, preset: Preset) -> tuple[float, float, int]:
    """Draw some people in this process; return the seconds, those inside compiled functions, and the images."""
    jobs = list(render._jobs(root, preset, seed=0, outfits=2))[:6]
    render._draw(jobs[0], [1])
    spent = [0.0]
    for module in pkgutil.iter_modules(wardrobe.__path__, f"{wardrobe.__name__}."):
        loaded = importlib.import_module(module.name)
        for name, function in list(vars(loaded).items()):
            if hasattr(function, "py_func"):
                setattr(loaded, name, _clocked(function, spent))
    seconds, images = measuring.timed(lambda: sum(render._draw(job, list(range(2, job.frames + 1))) for job in jobs))
    return seconds, spent[0], images


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
