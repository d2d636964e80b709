"""Makes tiny data sets in PRCC's layout: each person a noise figure with a colour of their own."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ccreid.datasets.part_maps import write_parts


def make_prcc(
    root: Path,
    train_identities: int = 4,
    test_identities: int = 2,
    images: int = 2,
    size: tuple[int, int] = (32, 16),
    parts: str | None = "png",
    sketches: bool = False,
) -> Path:
    """Write a data set and return its root.

    `parts` is png, npy, or None for no part maps; with `sketches` each image has a drawing of its own, too.
    """
    random = np.random.default_rng(0)
    for identity in range(1, train_identities + test_identities + 1):
        for camera in "ABC":
            for frame in range(1, images + 1):
                if identity <= train_identities:
                    inside = Path("train", f"{identity:03d}", f"{camera}_cropped_rgb{frame:03d}.jpg")
                else:
                    inside = Path("test", camera, f"{identity:03d}", f"cropped_rgb{frame:03d}.jpg")
                _write_image(root / "rgb" / inside, identity, camera, size, random)
                if sketches:
                    _write_sketch(root / "sketch" / inside, identity, size, random)
                if parts is not None:
                    _write_parts(root, inside, size, parts)
    return root


def write_truth(root: Path, azimuths: Sequence[float]) -> None:
    """Write wardrobe.json as of a rendered data set, the azimuths in turn over the images."""
    names = sorted(path.relative_to(root / "rgb").as_posix() for path in (root / "rgb").rglob("*.jpg"))
    images = [
        {"path": name, "azimuth": azimuth} for name, azimuth in zip(names, itertools.cycle(azimuths), strict=False)
    ]
    (root / "wardrobe.json").write_text(json.dumps({"images": images}))


def _write_image(path: Path, identity: int, camera: str, size: tuple[int, int], random: np.random.Generator) -> None:
    head = np.random.default_rng(identity).integers(0, 256, 3)
    clothes = np.random.default_rng((identity, camera == "C")).integers(0, 256, 3)
    pixels = random.integers(0, 40, (*size, 3)) + 100
    pixels[: size[0] // 4] = head
    pixels[size[0] // 4 :, size[1] // 4 : -size[1] // 4] = clothes
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, quality=95)


def _write_sketch(path: Path, identity: int, size: tuple[int, int], random: np.random.Generator) -> None:
    pixels = np.full(size, 255, dtype=np.uint8)
    pixels[identity :: size[0] // 4] = 0
    pixels[:, random.integers(size[1])] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=95)


def _write_parts(root: Path, inside: Path, size: tuple[int, int], kind: str) -> None:
    parts = np.zeros(size, dtype=np.uint8)
    parts[: size[0] // 4] = 1
    parts[size[0] // 4 : size[0] // 2, size[1] // 4 : -size[1] // 4] = 2
    parts[size[0] // 2 :, size[1] // 4 : -size[1] // 4] = 3
    if kind == "png":
        write_parts(root / "parts" / inside.with_suffix(".png"), parts)
        return
    path = root / "mask_6" / inside.with_suffix(".npy")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.eye(6, dtype=np.float32)[parts])
