from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ccreid.datasets.image_tree import is_free
from ccreid.sketch.sketch_file import MARK, made_from, write_sketch

SKETCH = np.where(np.random.default_rng(0).random((24, 16)) < 0.1, 0, 255).astype(np.uint8)
NAMES = ["p/a.jpg", "p/a.JPEG", "p/a.png"]


@pytest.mark.parametrize("name", NAMES)
def test_a_sketch_says_what_it_was_made_from(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_sketch(path, SKETCH, "image by detector")
    assert made_from(path) == "image by detector"
    assert is_free(path, MARK)
    with Image.open(path) as image:
        assert image.format == ("PNG" if name.endswith("png") else "JPEG")
        assert image.mode == "L"
        assert np.abs(np.array(image).astype(int) - SKETCH).max() <= (0 if name.endswith("png") else 16)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_sketch_is_none_and_may_be_replaced(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_sketch(path, SKETCH, "image by detector")
    path.write_bytes(path.read_bytes()[:-40])
    assert made_from(path) is None
    assert is_free(path, MARK)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_someone_else_is_none_and_stays(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    Image.fromarray(SKETCH).save(path)
    assert made_from(path) is None
    assert not is_free(path, MARK)


def test_nothing_and_zeros_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "zeros.jpg").write_bytes(bytes(100))
    assert is_free(tmp_path / "zeros.jpg", MARK)
    assert is_free(tmp_path / "nothing.jpg", MARK)
    assert made_from(tmp_path / "nothing.jpg") is None
