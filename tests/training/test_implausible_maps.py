from extras import needs

needs("train")

from pathlib import Path

import numpy as np
import pytest
from parsing.standing_person import standing_person
from PIL import Image

from ccreid.datasets.part_maps import PartMapError, write_parts
from ccreid.datasets.record import ImageRecord
from ccreid.errors import BadValueError
from ccreid.parsing.plausibility import DOUBTFUL
from ccreid.training.implausible_maps import implausible_maps


def _record(folder: Path, name: str, parts: np.ndarray | None) -> ImageRecord:
    image, path = folder / f"{name}.jpg", folder / f"{name}.png"
    Image.new("RGB", (128, 256)).save(image)
    if parts is not None:
        write_parts(path, parts)
    return ImageRecord(image, None if parts is None else path, 1, "A", None, 0)


def test_images_whose_map_is_less_plausible_are_told_in_the_records_order(tmp_path: Path) -> None:
    head = np.where(standing_person() == 1, 1, 0).astype(np.uint8)
    maps = [standing_person(), head, None, np.zeros((256, 128), np.uint8), standing_person()]
    records = [_record(tmp_path, str(k), parts) for k, parts in enumerate(maps)]
    assert implausible_maps(records, DOUBTFUL).tolist() == [False, True, False, True, False]
    assert implausible_maps(records, 1e-9).tolist() == [False, False, False, True, False]
    assert implausible_maps(records, 0.0).tolist() == [False] * 5


def test_where_no_map_is_plausible_the_setting_is_named(tmp_path: Path) -> None:
    records = [_record(tmp_path, "a", np.zeros((256, 128), np.uint8))]
    with pytest.raises(BadValueError, match=r"pixel_sampling\.min_plausibility is 0\.5, and none of the 1 part maps"):
        implausible_maps(records, 0.5)


def test_a_broken_map_is_named(tmp_path: Path) -> None:
    record = _record(tmp_path, "a", standing_person())
    (tmp_path / "a.png").write_bytes(b"broken")
    with pytest.raises(PartMapError, match=r"a\.png cannot be read as a part map"):
        implausible_maps([record], 0.5)
