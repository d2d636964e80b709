"""Which part of a photo a person is cut out with."""

import numpy as np
from benchmarks.load_script import load_script

material = load_script("small_material")


def test_a_person_is_cut_out_with_a_margin_inside_of_the_photo() -> None:
    person = np.zeros((200, 100), bool)
    person[50:150, 2:40] = True
    assert material.person_box(person) == (0, 44, 46, 156)


def test_an_empty_map_has_nobody_to_cut_out() -> None:
    assert material.person_box(np.zeros((20, 10), bool)) is None


def test_names_with_commas_stay_whole_in_the_table() -> None:
    row = {"path": "photos/a, b.jpg", "identity": "photo a", "clothes": "1", "split": "train"}
    text = material.as_csv([row])
    assert text.splitlines() == ["path,identity,camera,clothes,split", '"photos/a, b.jpg",photo a,,1,train']
