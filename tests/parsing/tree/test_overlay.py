from pathlib import Path

import numpy as np
from PIL import Image

from ccreid.parsing.tree.overlay import write_labels, write_overlay
from ccreid.parts import PALETTE


def test_labels_keep_their_values_and_have_a_colour_each(tmp_path: Path) -> None:
    labels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    write_labels(tmp_path / "a.png", labels, {"key": "value"})
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P"
        assert image.info["key"] == "value"
        assert np.array_equal(np.array(image), labels)
        colours = np.array(image.convert("RGB")).reshape(-1, 3)
    assert len(np.unique(colours, axis=0)) == 256
    assert colours[0].tolist() == [0, 0, 0]


def test_an_overlay_is_the_picture_half_covered_by_the_parts_colours(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (9, 7, 3), dtype=np.uint8)
    parts = random.integers(0, 6, (9, 7), dtype=np.uint8)
    write_overlay(tmp_path / "a.png", picture, parts, {})
    with Image.open(tmp_path / "a.png") as image:
        shown = np.array(image)
    for y in range(9):
        for x in range(7):
            before, colour = picture[y, x].tolist(), PALETTE[parts[y, x]]
            covered = [(int(a) + b) // 2 for a, b in zip(before, colour, strict=True)]
            assert shown[y, x].tolist() == (covered if parts[y, x] else before)
