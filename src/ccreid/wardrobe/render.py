"""Writes Wardrobe to disk: in PRCC's layout, in parallel, and resumable, with the same bytes for the same seed."""

import contextlib
import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image
from rich.console import Console

from ccreid.atomic_files import atomic_path, remove_temporary_files, write_atomically
from ccreid.datasets.part_maps import write_parts
from ccreid.datasets.wardrobe_file import TRUTH_FILE
from ccreid.errors import CcreidError, MissingExtraError
from ccreid.progress import show_progress
from ccreid.wardrobe.presets import Preset

MARKER_FILE: Final = "wardrobe.part.json"
PLACES: Final = 4
"""Places of each camera."""

# Streams of random numbers, so that no two things draw from the same one.
_IDENTITY, _OUTFIT, _WALKS, _PICTURE, _PLACE = range(5)


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


@dataclass(frozen=True)
class _Job:
    """All frames of one person before one camera."""

    root: Path
    preset: Preset
    seed: int
    outfits: int
    identity: int
    camera: str
    frames: int

    @property
    def folder(self) -> Path:
        pid = f"{self.identity:03d}"
        return Path("train", pid) if self.identity <= self.preset.train_identities else Path("test", self.camera, pid)

    def name(self, frame: int) -> Path:
        """Return an image's path below rgb/ and, with another suffix, below parts/."""
        prefix = f"{self.camera}_" if self.folder.parts[0] == "train" else ""
        return self.folder / f"{prefix}cropped_rgb{frame:03d}.jpg"


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
        MissingExtraError: The extra `ccreid[render]` is not installed.
    """
    started = time.monotonic()
    if outfits < 2:
        raise RenderError(f"outfits is {outfits}, expected at least 2: people who change clothes need two")
    if seed < 0:
        raise RenderError(f"seed is {seed}, expected at least 0")
    if workers is not None and workers < 1:
        raise RenderError(f"workers is {workers}, expected at least 1")
    _require_extra()
    settings = {"preset": asdict(preset), "seed": seed, "outfits": outfits, "versions": _versions()}
    _claim(out, settings)
    jobs = list(_jobs(out, preset, seed, outfits))
    total = sum(job.frames for job in jobs)
    missing = {job: _missing(job) for job in jobs}
    undone = sum(map(len, missing.values()))
    if undone == 0 and (out / TRUTH_FILE).is_file():
        return RenderReport(out, 0, total, time.monotonic() - started)
    if (out / TRUTH_FILE).is_file():
        _check_versions(out, settings)
    for tree in ("rgb", "parts"):
        remove_temporary_files(out / tree)
    _render_all([job for job in jobs if missing[job]], undone, workers or os.cpu_count() or 1)
    _write_json(out / TRUTH_FILE, _truth(jobs, settings))
    (out / MARKER_FILE).unlink(missing_ok=True)
    return RenderReport(out, undone, total - undone, time.monotonic() - started)


def _render_all(jobs: list[_Job], images: int, workers: int) -> None:
    from ccreid.wardrobe.body_cache import load_body

    if jobs:
        # Once here, so that the workers find the body in its cache and the drawing code compiled.
        Console(stderr=True).print(
            "loading the body and compiling the drawing code, once on a machine", highlight=False
        )
        load_body()
        _draw(jobs[0], _missing(jobs[0])[:1])
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
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_ignore_interrupts)
    try:
        yield pool
    except BaseException:
        # Workers finish the image that they are at and leave; what is on disk stays whole.
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent, which stops the workers without a trace each."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _render_job(job: _Job) -> int:
    return _draw(job, _missing(job))


def _draw(job: _Job, frames: list[int]) -> int:
    """Draw some of a job's frames; return how many."""
    from ccreid.wardrobe.body_cache import load_body
    from ccreid.wardrobe.camera import CAMERAS
    from ccreid.wardrobe.figure import Figure
    from ccreid.wardrobe.identity import sample_identity
    from ccreid.wardrobe.outfit import sample_outfit
    from ccreid.wardrobe.picture import take_picture
    from ccreid.wardrobe.place import sample_place
    from ccreid.wardrobe.walk import plan_walks

    camera = CAMERAS[job.camera]
    identity = sample_identity(_random(job.seed, _IDENTITY, job.identity))
    outfits = _outfits_before(job.camera, job.outfits)
    steps = plan_walks(job.frames, outfits, PLACES, identity.gait, _walk_random(job))
    figures: dict[int, Figure] = {}
    for frame in frames:
        step = steps[frame - 1]
        if step.outfit not in figures:
            outfit = sample_outfit(_random(job.seed, _OUTFIT, job.identity, step.outfit), identity)
            figures[step.outfit] = Figure(load_body(), identity, outfit)
        place = sample_place(_random(job.seed, _PLACE, ord(job.camera), step.place))
        random = _random(job.seed, _PICTURE, job.identity, ord(job.camera), frame)
        mesh = figures[step.outfit].pose(step.phase)
        pixels, parts = take_picture(mesh, step.stand, place, camera, job.preset.height, job.preset.width, random)
        # The image comes last: an image that is there has its part map.
        name = job.name(frame)
        write_parts(job.root / "parts" / name.with_suffix(".png"), parts)
        _write_jpeg(job.root / "rgb" / name, pixels, camera.quality)
    return len(frames)


def _truth(jobs: list[_Job], settings: dict[str, Any]) -> dict[str, Any]:
    from ccreid.wardrobe.identity import sample_identity
    from ccreid.wardrobe.outfit import sample_outfit
    from ccreid.wardrobe.walk import plan_walks

    identities: dict[str, Any] = {}
    images: list[dict[str, Any]] = []
    for job in jobs:
        identity = sample_identity(_random(job.seed, _IDENTITY, job.identity))
        pid = f"{job.identity:03d}"
        if pid not in identities:
            worn = [
                asdict(sample_outfit(_random(job.seed, _OUTFIT, job.identity, number), identity))
                for number in range(1, job.outfits + 1)
            ]
            identities[pid] = {**asdict(identity), "outfits": worn}
        steps = plan_walks(
            job.frames, _outfits_before(job.camera, job.outfits), PLACES, identity.gait, _walk_random(job)
        )
        images += [
            {
                "path": job.name(frame).as_posix(),
                "identity": job.identity,
                "outfit": step.outfit,
                "camera": job.camera,
                "place": step.place,
                "walk": step.walk,
                "phase": round(step.phase, 4),
                "azimuth": round(step.stand.azimuth, 4),
            }
            for frame, step in enumerate(steps, start=1)
        ]
    return {**settings, "identities": identities, "images": images}


def _jobs(root: Path, preset: Preset, seed: int, outfits: int) -> Iterator[_Job]:
    people = preset.train_identities
    for identity in range(1, people + 1):
        own = _share(preset.train_images, people, identity - 1)
        for index, camera in enumerate("ABC"):
            yield _Job(root, preset, seed, outfits, identity, camera, _share(own, 3, index))
    for camera, images in zip("ABC", (preset.gallery_images, preset.same_images, preset.cross_images), strict=True):
        for index in range(preset.test_identities):
            frames = _share(images, preset.test_identities, index)
            yield _Job(root, preset, seed, outfits, people + 1 + index, camera, frames)


def _share(total: int, count: int, index: int) -> int:
    return total // count + (index < total % count)


def _outfits_before(camera: str, outfits: int) -> tuple[int, ...]:
    return tuple(range(2, outfits + 1)) if camera == "C" else (1,)


def _random(seed: int, *stream: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence((seed, *stream)))


def _walk_random(job: _Job) -> np.random.Generator:
    return _random(job.seed, _WALKS, job.identity, ord(job.camera))


def _missing(job: _Job) -> list[int]:
    frames = range(1, job.frames + 1)
    return [
        frame
        for frame in frames
        if not (job.root / "rgb" / job.name(frame)).is_file()
        or not (job.root / "parts" / job.name(frame).with_suffix(".png")).is_file()
    ]


def _claim(out: Path, settings: dict[str, Any]) -> None:
    """Make the folder this rendering's, or refuse it."""
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
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RenderError(f"{out} is not empty and was not made by this command: choose a new folder")
    out.mkdir(parents=True, exist_ok=True)
    _write_json(out / MARKER_FILE, settings)


def _check_versions(out: Path, settings: dict[str, Any]) -> None:
    there = json.loads((out / TRUTH_FILE).read_text(encoding="utf-8"))["versions"]
    if there != settings["versions"]:
        raise RenderError(
            f"{out} lacks images and was rendered with other versions ({there} there, {settings['versions']} now): "
            "choose another folder"
        )


def _short(value: Any) -> str:
    return str(value["name"]) if isinstance(value, dict) and "name" in value else str(value)


def _write_jpeg(path: Path, pixels: np.ndarray, quality: int) -> None:
    with atomic_path(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="JPEG", quality=quality)


def _write_json(path: Path, tree: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(tree, separators=(",", ":")))


def _versions() -> dict[str, str]:
    return {package: version(package) for package in ("ccreid", "anny", "numpy", "numba", "pillow")}


def _require_extra() -> None:
    missing = [package for package in ("anny", "numba") if find_spec(package) is None]
    if missing:
        raise MissingExtraError(f"rendering needs {' and '.join(missing)}: pip install 'ccreid[render]'")
