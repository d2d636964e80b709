"""Draws the people of the made data sets: noise, a head in a colour of their own, and an outfit's colour below it."""

from pathlib import Path

import numpy as np
from PIL import Image

from ccreid.datasets.part_maps import write_parts

SIZE = (32, 16)


def write_person(root: Path, inside: str, identity: int, outfit: int, parts: bool = True) -> Path:
    """Write an image below the root, and its part map below parts/; return the image's path."""
    height, width = SIZE
    head = np.random.default_rng((7, max(identity, 0))).integers(0, 256, 3)
    clothes = np.random.default_rng((8, max(identity, 0), outfit)).integers(0, 256, 3)
    pixels = np.random.default_rng([*inside.encode()]).integers(100, 140, (height, width, 3))
    pixels[: height // 4] = head
    pixels[height // 4 :, width // 4 : -width // 4] = clothes
    path = root / inside
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    if parts:
        part_map = np.zeros(SIZE, dtype=np.uint8)
        part_map[: height // 4] = 1
        part_map[height // 4 : height // 2, width // 4 : -width // 4] = 2
        part_map[height // 2 :, width // 4 : -width // 4] = 3
        write_parts((root / "parts" / inside).with_suffix(".png"), part_map)
    return path
