"""What a process draws at a time: the images of one person, each with its part map and its line of the truth."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ccreid.atomic_files import write_all_atomically
from ccreid.datasets.part_maps import encode_parts
from ccreid.wardrobe.walk import Step

# Streams of random numbers, so that no two things draw from the same one.
IDENTITY, OUTFIT, WALKS, PICTURE, PLACE, SITE = range(6)


@dataclass(frozen=True)
class Truth:
    """What wardrobe.json says of a job.

    Attributes:
        identity: Number of the person.
        person: The person and their outfits, as plain values.
        images: Of each image, in the order of the names, path, identity, outfit, camera, place, walk, phase, azimuth.
    """

    identity: int
    person: dict[str, Any]
    images: list[dict[str, Any]]


@dataclass(frozen=True)
class Drawn:
    """An image that is to be written.

    Attributes:
        name: Its path below rgb/.
        pixels: uint8 RGB (H, W, 3).
        parts: Its part map, uint8 (H, W).
        quality: Of the JPEG.
    """

    name: Path
    pixels: NDArray[np.uint8]
    parts: NDArray[np.uint8]
    quality: int


class Job(Protocol):
    """Images of one person."""

    @property
    def root(self) -> Path:
        """Folder of the data set."""

    @property
    def names(self) -> Sequence[Path]:
        """Paths of the images below rgb/ and, with another suffix, below parts/."""

    def draw(self, wanted: Iterable[int]) -> Iterator[Drawn]:
        """Draw the images with these places in `names`."""

    def truth(self) -> Truth:
        """Return what is known of the person and of the images."""


def random(seed: int, *stream: int) -> np.random.Generator:
    """Return the generator of a stream, the same whatever else has been drawn.

    Args:
        seed: Of everything.
        stream: What is drawn, one of this file's constants, and of whom or what.
    """
    return np.random.default_rng(np.random.SeedSequence((seed, *stream)))


def image_truth(name: Path, identity: int, camera: str, step: Step) -> dict[str, Any]:
    """Return what wardrobe.json says of an image.

    Args:
        name: Its path below rgb/.
        identity: Number of the person.
        camera: Name of the camera.
        step: What the person does in it.
    """
    return {
        "path": name.as_posix(),
        "identity": identity,
        "outfit": step.outfit,
        "camera": camera,
        "place": step.place,
        "walk": step.walk,
        "phase": round(step.phase, 4),
        "azimuth": round(step.stand.azimuth, 4),
    }


def missing(job: Job) -> list[int]:
    """Return the places, in the job's names, of images that are not on disk with their part map."""
    return [
        place
        for place, name in enumerate(job.names)
        if not (job.root / "rgb" / name).is_file() or not (job.root / "parts" / name.with_suffix(".png")).is_file()
    ]


def write_images(root: Path, images: Iterable[Drawn]) -> None:
    """Write images and their part maps, all at once; an image that is there has its part map.

    Args:
        root: Folder of the data set.
        images: What was drawn; all of them are held in memory, compressed.
    """
    rgb, maps = {}, {}
    for drawn in images:
        content = io.BytesIO()
        Image.fromarray(drawn.pixels).save(content, format="JPEG", quality=drawn.quality)
        maps[root / "parts" / drawn.name.with_suffix(".png")] = encode_parts(drawn.name, drawn.parts)
        rgb[root / "rgb" / drawn.name] = content.getvalue()
    write_all_atomically(maps | rgb)
