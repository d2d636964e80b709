from pathlib import Path

import numpy as np
import pytest
from datasets.make_prcc import make_prcc
from PIL import Image

from ccreid.datasets.decoding import ImageError
from ccreid.datasets.part_maps import PartMapError, read_parts
from ccreid.datasets.prcc import PRCC
from ccreid.parsing.mask6 import SoftMaskFiles, mask6_parser
from ccreid.parsing.tree.parse import parse_tree


def _soft_mask(parts: np.ndarray) -> np.ndarray:
    """Return a mask in which each pixel's own part is the most probable, but not by much."""
    noise = np.random.default_rng(0).uniform(0, 0.1, (*parts.shape, 6))
    return (np.eye(6)[parts] * 0.2 + noise).astype(np.float32)


def _one(root: Path, mask_size: tuple[int, int], image_size: tuple[int, int]) -> np.ndarray:
    """Write one mask and its image; return the mask's parts."""
    parts = np.random.default_rng(1).integers(0, 6, mask_size)
    for folder in ("mask_6/train/001", "rgb/train/001"):
        (root / folder).mkdir(parents=True)
    np.save(root / "mask_6/train/001/A_1.npy", _soft_mask(parts))
    Image.new("RGB", image_size[::-1], (200, 100, 50)).save(root / "rgb/train/001/A_1.jpg")
    return parts


def _parse(root: Path, **settings: bool) -> Path:
    files = SoftMaskFiles.beside(root / "mask_6")
    report = parse_tree(root / "mask_6", root / "parts", mask6_parser(), files=files, **settings)
    assert not report.broken
    return root / "parts" / "train/001/A_1.png"


def test_a_data_set_reads_the_same_parts_from_the_maps_as_from_the_masks(tmp_path: Path) -> None:
    make_prcc(tmp_path, parts="npy", size=(32, 16))
    masks = {record.image: read_parts(record.parts) for record in PRCC(tmp_path).train if record.parts}
    parse_tree(tmp_path / "mask_6", tmp_path / "parts", mask6_parser(), files=SoftMaskFiles.beside(tmp_path / "mask_6"))
    data = PRCC(tmp_path)
    assert not data.verify()
    assert len(masks) == len(data.train) == 24
    for record in data.train:
        assert record.parts is not None
        assert record.parts.suffix == ".png"
        assert np.array_equal(read_parts(record.parts), masks[record.image])


def test_a_map_has_its_images_size_and_the_masks_pixels_at_the_masks_size(tmp_path: Path) -> None:
    parts = _one(tmp_path, mask_size=(16, 8), image_size=(37, 19))
    written = read_parts(_parse(tmp_path))
    assert written.shape == (37, 19)
    again = Image.fromarray(written).resize((8, 16), Image.Resampling.NEAREST)
    assert np.array_equal(np.array(again), parts)


def test_without_images_a_map_has_its_masks_size(tmp_path: Path) -> None:
    parts = _one(tmp_path, mask_size=(16, 8), image_size=(37, 19))
    (tmp_path / "rgb").rename(tmp_path / "elsewhere")
    assert np.array_equal(read_parts(_parse(tmp_path)), parts)


def test_an_image_of_another_size_makes_its_map_anew(tmp_path: Path) -> None:
    _one(tmp_path, mask_size=(16, 8), image_size=(37, 19))
    _parse(tmp_path)
    Image.new("RGB", (21, 40)).save(tmp_path / "rgb/train/001/A_1.jpg")
    assert read_parts(_parse(tmp_path)).shape == (40, 21)


def test_an_overlay_shows_the_masks_image(tmp_path: Path) -> None:
    parts = _one(tmp_path, mask_size=(16, 8), image_size=(16, 8))
    _parse(tmp_path, overlay=True)
    with Image.open(tmp_path / "parts_overlay/train/001/A_1.png") as image:
        shown = np.array(image).astype(int)
    assert np.abs(shown[parts == 0] - [200, 100, 50]).max() < 8
    assert np.abs(shown[parts == 3] - [100, 129, 82]).max() < 8


def test_a_mask_without_its_image_and_a_broken_one_are_listed(tmp_path: Path) -> None:
    make_prcc(tmp_path, parts="npy")
    masks = sorted((tmp_path / "mask_6").rglob("*.npy"))
    (tmp_path / "rgb" / masks[0].relative_to(tmp_path / "mask_6")).with_suffix(".jpg").unlink()
    masks[1].write_bytes(b"nothing")
    np.save(masks[2], np.zeros((4, 4, 18)))
    files = SoftMaskFiles.beside(tmp_path / "mask_6")
    report = parse_tree(tmp_path / "mask_6", tmp_path / "parts", mask6_parser(), files=files)
    assert [broken.path for broken in report.broken] == masks[:3]
    reasons = [broken.reason for broken in report.broken]
    assert "has no image" in reasons[0]
    assert "cannot be read as a soft mask" in reasons[1]
    assert "(4, 4, 18)" in reasons[2]
    assert report.written == len(masks) - 3


def test_errors_name_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        SoftMaskFiles.beside(tmp_path, tmp_path / "nowhere")
    files = SoftMaskFiles(tmp_path, None)
    with pytest.raises(ImageError, match="comes without its image"):
        files.picture(tmp_path / "a.npy", np.zeros((2, 2), dtype=np.uint8))
    with pytest.raises(PartMapError, match="cannot be read as a soft mask"):
        files.decode(tmp_path / "a.npy", b"")
