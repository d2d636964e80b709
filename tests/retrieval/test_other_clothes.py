from pathlib import Path

import numpy as np
import pytest
from datasets.make_photos import make_people
from evaluation.head_colour import HeadColour
from models.head_and_clothes import HeadAndClothes
from models.ready_model import ready_model

from ccreid.errors import BadValueError
from ccreid.retrieval.gallery import Gallery
from ccreid.retrieval.other_clothes import clothes_left_out, without_clothes


def test_what_is_left_is_of_length_one_and_has_zeros_where_clothes_were() -> None:
    model = ready_model(HeadAndClothes().eval())
    features = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    left = clothes_left_out(features, model)
    np.testing.assert_array_equal(without_clothes(features, model, "abcde"), left)
    assert not left[:, 3:].any()
    np.testing.assert_allclose(np.linalg.norm(left, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(
        left[:, :3] * np.linalg.norm(features[:, :3], axis=1, keepdims=True), features[:, :3], rtol=1e-5
    )


def test_a_person_comes_first_in_other_clothes_when_clothes_do_not_count(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    make_people(tmp_path / "photos")
    model = ready_model(HeadAndClothes().eval())
    photo = tmp_path / "photos/bob/suit/1.jpg"
    with Gallery(tmp_path / "gallery.parquet", model) as gallery:
        gallery.add(tmp_path / "photos")
        [worn] = gallery.search(photo, top=3)
        [found] = gallery.search(photo, top=3, other_clothes=True)
    assert [hit.entry.identity for hit in found] == ["bob"] * 3
    assert {hit.entry.clothes for hit in found} == {"suit", "red coat"}
    assert [hit.entry.identity for hit in worn] != ["bob"] * 3


def test_a_model_without_clothes_and_a_photo_without_a_head_are_refused() -> None:
    features = np.ones((2, 6), np.float32)
    for remove in (clothes_left_out, lambda features, model: without_clothes(features, model, ["a.jpg", "b.jpg"])):
        with pytest.raises(BadValueError, match="does not keep clothes apart"):
            remove(features, ready_model(HeadColour().eval()))
    features[1, :3] = 0
    assert clothes_left_out(features, ready_model(HeadAndClothes().eval())).any(axis=1).tolist() == [True, False]
    assert features[:, 3:].all()
    with pytest.raises(BadValueError, match=r"b\.jpg shows no head"):
        without_clothes(features, ready_model(HeadAndClothes().eval()), ["a.jpg", "b.jpg"])
