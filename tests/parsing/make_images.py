"""Makes small trees of images of several kinds and sizes."""

from pathlib import Path

import numpy as np
from PIL import Image

SUFFIXES = (".png", ".jpg", ".bmp", ".webp", ".JPEG")


def make_images(root: Path, count: int = 11, folders: int = 3) -> list[Path]:
    """Write noise images, the k-th in folder k % folders; return them in the order in which a tree is walked."""
    random = np.random.default_rng(0)
    paths = []
    for k in range(count):
        path = root / f"{k % folders:03d}" / f"A_{k:03d}{SUFFIXES[k % len(SUFFIXES)]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (9 + k % 4, 7, 3), dtype=np.uint8)).save(path)
        paths.append(path)
    return sorted(paths)


def files_of(root: Path) -> dict[str, bytes]:
    """Return the content of every file of a tree, hidden ones too, but for the lock of who writes to it."""
    files = [path for path in root.rglob("*") if path.is_file() and path.name != ".tree.lock"]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
