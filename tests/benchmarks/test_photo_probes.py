"""How photos of people in other clothes are searched, and what is drawn of them."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.load_script import load_script
from datasets.made_person import write_person
from evaluation.head_colour import HeadColour
from models.head_and_clothes import HeadAndClothes
from models.ready_model import ready_model
from PIL import Image

from ccreid.datasets.record import ImageRecord

load_script("result_files")
probes = load_script("photo_probes")

NAMES = ["001_a.jpg", "001_b.jpg", "002_c.jpg", "002_d.jpg", "003_e.jpg", "other_f.jpg"]


def test_each_photo_of_somebody_with_another_photo_searches_all_others() -> None:
    # 001 find each other first; 002_c meets the stranger before 002_d, which finds 002_c at once.
    features = np.array([[1, 0, 0], [0.9, 0.1, 0], [0, 1, 0], [0, 0.6, 0.6], [1, 0, 1], [0, 1, 0.1]], np.float32)
    found = probes.changed([Path(name) for name in NAMES], features, features)
    assert (found["queries"], found["people"]) == (4, 2)
    assert found["R1"]["value"] == pytest.approx(0.5)
    assert found["R5"]["value"] == 1
    assert found["R1"]["interval"] == [0, 1]


def test_a_query_that_nobody_matches_is_left_out_of_the_draws_too() -> None:
    def record(identity: int, camera: str) -> ImageRecord:
        return ImageRecord(Path("a.jpg"), None, identity, camera, None, 1)

    query, gallery = [record(1, "1"), record(2, "1")], [record(1, "2"), record(2, "1"), record(3, "2")]
    found = probes.ranked(np.eye(2, dtype=np.float32), np.eye(3, 2, dtype=np.float32), query, gallery)
    assert (found["queries"], found["people"]) == (1, 1)
    assert found["R1"] == {"value": 1.0, "interval": [1.0, 1.0]}


def test_a_model_that_keeps_clothes_apart_is_asked_without_them_too_and_photos_without_a_head_are_misses(
    tmp_path: Path,
) -> None:
    for person in (1, 2):
        for outfit in (0, 1):
            write_person(tmp_path, f"clothes_change/{person:03}_{outfit}.jpg", person, outfit, parts=False)
        for folder, camera in (("query", 1), ("bounding_box_test", 2)):
            place = f"market1501/{folder}/{person:04}_c{camera}s1_000001_00.jpg"
            write_person(tmp_path, place, person, camera, parts=False)
    Image.new("RGB", (16, 32)).save(tmp_path / "clothes_change/001_2.jpg")
    found = probes.scores("m", ready_model(HeadAndClothes().eval()), tmp_path, {"2.jpg"})
    assert list(found) == ["m", "m --other-clothes"]
    whole, left = (found[way] for way in found)
    assert left["clothes_change"]["R1"]["value"] == pytest.approx(4 / 5)
    assert left["clothes_change, fewer"]["R1"]["value"] == 1
    assert whole["clothes_change, fewer"]["R1"]["value"] < 1
    assert probes.scores("m", ready_model(HeadColour().eval()), tmp_path, set()).keys() == {"m"}


def test_market_says_who_and_where_in_the_file_name(tmp_path: Path) -> None:
    (tmp_path / "0007_c3s1_000451_03.jpg").touch()
    (record,) = probes.market(tmp_path)
    assert (record.identity, record.camera) == (7, "3")
