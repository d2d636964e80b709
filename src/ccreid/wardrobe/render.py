"""Writes Wardrobe to disk: in PRCC's layout, in parallel, and resumable, with the same bytes for the same seed."""

import contextlib
import json
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from ccreid.atomic_files import locked, remove_temporary_files, write_atomically
from ccreid.datasets.wardrobe_file import TRUTH_FILE
from ccreid.errors import CcreidError, MissingExtraError
from ccreid.orphans import leave_with_parent
from ccreid.progress import show_progress
from ccreid.wardrobe.crowd import Crowd
from ccreid.wardrobe.crowd_job import crowd_jobs
from ccreid.wardrobe.job import Job, missing, write_images
from ccreid.wardrobe.preset_job import preset_jobs
from ccreid.wardrobe.presets import Preset

MARKER_FILE: Final = "wardrobe.part.json"
SMALLEST: Final = 16
"""Least height and width of images, in pixels."""
LARGEST: Final = 2048
"""Greatest height and width, beyond which the people have no more detail."""


class RenderError(CcreidError, ValueError):
    """A data set cannot be rendered into a folder; the message names the folder and what to do."""


@dataclass(frozen=True)
class RenderReport:
    """What a rendering did.

    Attributes:
        folder: Of the data set.
        written: Images that were drawn.
        kept: Images that an earlier rendering had finished.
        seconds: Time that it took.
    """

    folder: Path
    written: int
    kept: int
    seconds: float

    def __str__(self) -> str:
        if not self.written:
            return f"{self.folder} is complete already: {self.kept} images"
        kept = f", kept {self.kept}" if self.kept else ""
        rate = self.written / max(self.seconds, 1e-9)
        return f"wrote {self.written} images{kept} to {self.folder} in {self.seconds:.0f} s, {rate:.0f} images/s"


def render_wardrobe(
    out: Path, preset: Preset, seed: int = 0, workers: int | None = None, outfits: int = 2
) -> RenderReport:
    """Render people who change clothes into a folder.

    Cameras A and B see a person's first outfit, camera C the second and, with more than two, also the further ones,
    each in walks of its own. Below the folder are rgb/ in PRCC's layout, parts/ with the part maps as palette PNGs in
    the same tree, and wardrobe.json with the truth: settings and versions, every identity and outfit, and for each
    image its identity, outfit, camera, place, walk, phase and azimuth in radians (0 is the front).

    An image's content depends on the seed and on what it shows, not on the number of workers. An interrupted rendering
    goes on when it is started again with the same settings; files are whole or absent.

    Args:
        out: The folder; new, empty, or of a rendering with the same settings.
        preset: How many people and images.
        seed: Of everything.
        workers: Processes; as many as cores for None.
        outfits: Of each person, at least 2.

    Raises:
        RenderError: The folder holds something else or a rendering with other settings, or a setting is out of range.
        InUseError: Another process renders into the folder now.
        WriteError: The folder cannot be written to.
        MissingExtraError: The extra `ccreid[render]` is not installed.
    """
    if outfits < 2:
        raise RenderError(f"outfits is {outfits}, expected at least 2: people who change clothes need two")
    _check_size(preset.height, preset.width)
    _check(seed, workers)
    settings = {"preset": asdict(preset), "seed": seed, "outfits": outfits, "versions": _versions()}
    return _render(out, list(preset_jobs(out, preset, seed, outfits)), settings, workers)


def render_crowd(out: Path, crowd: Crowd, seed: int = 0, workers: int | None = None) -> RenderReport:
    """Render any number of people, each in many outfits, places and lights; see `Crowd` and `render_wardrobe`.

    Args:
        out: The folder; new, empty, or of a rendering with the same settings.
        crowd: How many people, outfits and images.
        seed: Of everything.
        workers: Processes; as many as cores for None.

    Raises:
        RenderError: The folder holds something else or a rendering with other settings, or a setting is out of range.
        InUseError: Another process renders into the folder now.
        WriteError: The folder cannot be written to.
        MissingExtraError: The extra `ccreid[render]` is not installed.
    """
    for setting, least in (("people", 2), ("outfits", 2), ("images_per_walk", 1)):
        if getattr(crowd, setting) < least:
            raise RenderError(f"{setting} is {getattr(crowd, setting)}, expected at least {least}")
    _check_size(crowd.height, crowd.width)
    _check(seed, workers)
    settings = {"preset": crowd.settings(), "seed": seed, "outfits": crowd.outfits, "versions": _versions()}
    return _render(out, list(crowd_jobs(out, crowd, seed)), settings, workers)


def _check_size(height: int, width: int) -> None:
    for name, pixels in (("height", height), ("width", width)):
        if not SMALLEST <= pixels <= LARGEST:
            raise RenderError(f"{name} is {pixels} pixels, expected {SMALLEST}..{LARGEST}")


def _check(seed: int, workers: int | None) -> None:
    if seed < 0:
        raise RenderError(f"seed is {seed}, expected at least 0")
    if workers is not None and workers < 1:
        raise RenderError(f"workers is {workers}, expected at least 1")
    _require_extra()


def _render(out: Path, jobs: Sequence[Job], settings: dict[str, Any], workers: int | None) -> RenderReport:
    started = time.monotonic()
    _refuse_other(out, settings)
    total = sum(len(job.names) for job in jobs)
    undone = sum(len(missing(job)) for job in jobs)
    if undone or not (out / TRUTH_FILE).is_file():
        with locked(out / TRUTH_FILE, wait=False):
            _refuse_other(out, settings)  # a process that had the folder before may have begun another
            undone = _fill(out, jobs, settings, workers)
    return RenderReport(out, undone, total - undone, time.monotonic() - started)


def _fill(out: Path, jobs: Sequence[Job], settings: dict[str, Any], workers: int | None) -> int:
    """Render what is missing, and return how many images that were."""
    if not (out / TRUTH_FILE).is_file():
        _write_json(out / MARKER_FILE, settings)
    else:
        _check_versions(out, settings)
    for tree in ("rgb", "parts"):
        remove_temporary_files(out / tree)
    gaps = [len(missing(job)) for job in jobs]
    todo = [job for job, gap in zip(jobs, gaps, strict=True) if gap]
    _render_all(todo, sum(gaps), workers or os.cpu_count() or 1)
    _write_json(out / TRUTH_FILE, _truth(jobs, settings))
    (out / MARKER_FILE).unlink(missing_ok=True)
    return sum(gaps)


def _render_all(jobs: list[Job], images: int, workers: int) -> None:
    from ccreid.wardrobe.body_cache import load_body

    if jobs:
        # Once here, so that the workers find the body in its cache and the drawing code compiled.
        Console(stderr=True).print(
            "loading the body and compiling the drawing code, once on a machine", highlight=False
        )
        load_body()
        write_images(jobs[0].root, jobs[0].draw(missing(jobs[0])[:1]))
    with show_progress("rendering", images) as advance, _quiet_pool(min(workers, max(len(jobs), 1))) as pool:
        running: set[Future[int]] = {pool.submit(_render_job, job) for job in jobs}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            try:
                advance(sum(future.result() for future in finished), 0)
            except BrokenProcessPool as error:
                raise RenderError(
                    "a rendering process died, for want of memory perhaps: start the command again to go on, "
                    "with fewer --workers"
                ) from error


@contextlib.contextmanager
def _quiet_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    # Fresh processes: a fork would copy the threads' locks of whatever the caller has running.
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
    try:
        yield pool
    except BaseException:
        # Workers finish the image that they are at and leave; what is on disk stays whole.
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def _begin() -> None:
    """Leave Ctrl-C to the parent, which stops the workers without a trace each, and end with it where it is killed."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leave_with_parent()


def _render_job(job: Job) -> int:
    wanted = missing(job)
    write_images(job.root, job.draw(wanted))
    return len(wanted)


def _truth(jobs: Sequence[Job], settings: dict[str, Any]) -> dict[str, Any]:
    people: dict[str, Any] = {}
    images: list[dict[str, Any]] = []
    for job in jobs:
        truth = job.truth()
        people[f"{truth.identity:03d}"] = truth.person
        images += truth.images
    return {**settings, "identities": people, "images": images}


def _refuse_other(out: Path, settings: dict[str, Any]) -> None:
    """Refuse a folder that holds something else than this rendering or a part of it."""
    for name in (TRUTH_FILE, MARKER_FILE):
        if not (out / name).is_file():
            continue
        try:
            there = json.loads((out / name).read_text(encoding="utf-8"))
            differing = [key for key in settings if there[key] != settings[key]]
        except (ValueError, KeyError, TypeError) as error:
            raise RenderError(f"{out / name} is damaged ({error}): remove the folder and render again") from error
        # A finished data set is whole whatever it was made with; one with gaps must not mix versions.
        if differing == ["versions"] and name == TRUTH_FILE:
            return
        if differing:
            shown = ", ".join(f"{key} {_short(there[key])} there, {_short(settings[key])} now" for key in differing)
            raise RenderError(f"{out} holds a rendering with other settings ({shown}): choose another folder")
        return
    # Before the first file there may be the lock's, which is hidden.
    if out.exists() and (not out.is_dir() or any(out.glob("[!.]*"))):
        raise RenderError(f"{out} is not empty and was not made by this command: choose a new folder")


def _check_versions(out: Path, settings: dict[str, Any]) -> None:
    there = json.loads((out / TRUTH_FILE).read_text(encoding="utf-8"))["versions"]
    if there != settings["versions"]:
        raise RenderError(
            f"{out} lacks images and was rendered with other versions ({there} there, {settings['versions']} now): "
            "choose another folder"
        )


def _short(value: Any) -> str:
    return str(value["name"]) if isinstance(value, dict) and "name" in value else str(value)


def _write_json(path: Path, tree: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(tree, separators=(",", ":")))


def _versions() -> dict[str, str]:
    return {package: version(package) for package in ("ccreid", "anny", "numpy", "numba", "pillow")}


def _require_extra() -> None:
    missing = [package for package in ("anny", "numba") if find_spec(package) is None]
    if missing:
        raise MissingExtraError(f"rendering needs {' and '.join(missing)}: pip install 'ccreid[render]'")
