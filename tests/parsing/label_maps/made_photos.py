"""Makes a small folder of photos with label maps: a head, a jacket, jeans, skin and shoes, on a wall."""

from pathlib import Path

import numpy as np
from PIL import Image

LABELS = ("null", "hair", "jacket", "jeans", "skin", "shoes", "bag")
MERGE = "'null': background\nhair: head\njacket: upper clothes\njeans: pants\nskin: skin\nshoes: legs\nbag: ignored\n"

# Rows of each label in a map of 80 rows, the person from row 4 to row 76.
_ROWS = {"hair": (4, 8), "skin": (8, 16), "jacket": (16, 40), "jeans": (40, 68), "shoes": (72, 76)}


def make_label_map() -> np.ndarray:
    labels = np.zeros((80, 40), np.uint8)
    for name, (first, last) in _ROWS.items():
        labels[first:last, 14:26] = LABELS.index(name)
    labels[68:72, 14:26] = LABELS.index("skin")  # ankles
    labels[40:44, 10:14] = LABELS.index("skin")  # a hand
    labels[44:52, 8:14] = LABELS.index("bag")
    return labels


def make_photos(root: Path, count: int = 6) -> Path:
    """Write the folder and its merge file, merge.yaml; return the root."""
    random = np.random.default_rng(0)
    (root / "photos").mkdir(parents=True)
    (root / "labels").mkdir()
    (root / "labels.txt").write_text("\n".join(LABELS) + "\n")
    (root / "merge.yaml").write_text(MERGE)
    for k in range(count):
        labels = make_label_map()
        colours = random.integers(0, 256, (len(LABELS), 3), dtype=np.uint8)
        Image.fromarray(colours[labels]).save(root / "photos" / f"{k:04d}.jpg", quality=95)
        Image.fromarray(labels).save(root / "labels" / f"{k:04d}.png")
    return root
