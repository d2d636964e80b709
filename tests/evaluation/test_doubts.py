import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from datasets.make_photos import make_people
from datasets.make_prcc import make_prcc

from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.evaluation.doubts import doubts
from ccreid.recipe import DataRecipe, Recipe

PEOPLE = tuple("abcdefg")


def _model(root: Path | None, height: int = 32) -> Any:
    """A model as far as it is looked at here."""
    return SimpleNamespace(recipe=Recipe(data=DataRecipe(root=root, height=height, width=height // 2)))


def _table(path: Path, data: PeopleDataSet, people: set[str]) -> PeopleDataSet:
    """Write a table in which these people of a data set are test people and the others training people."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "identity", "clothes", "split"])
        for record in data.records():
            split = "test" if record.who in people else "train"
            rows.writerow([record.image.absolute(), record.who, record.clothes, split])
    return open_data_set(path)


@pytest.mark.answers("numbers", "a model that saw the test people")
def test_test_people_that_were_trained_on_are_named(tmp_path: Path) -> None:
    data = open_data_set(make_people(tmp_path / "photos", PEOPLE))
    trained = sorted({record.who for record in data.train})
    tested = {record.who for record in data.test_records()}
    (said,) = doubts(_model(tmp_path / "photos"), _table(tmp_path / "leak.csv", data, {*tested, *trained[:2]}))
    assert said.startswith(f"2 of the test people, such as {trained[0]}, {trained[1]}, are people of ")
    assert "these scores say nothing of people whom it does not know" in said
    assert not doubts(_model(tmp_path / "photos"), _table(tmp_path / "fair.csv", data, tested))


def test_people_of_the_same_name_in_other_photos_count_too(tmp_path: Path) -> None:
    make_people(tmp_path / "photos", PEOPLE)
    other = open_data_set(make_people(tmp_path / "others", PEOPLE), test_share=0.9)
    assert len(doubts(_model(tmp_path / "photos"), other)) == 1


def test_training_images_that_a_table_calls_test_images_are_found_by_their_files(tmp_path: Path) -> None:
    data = open_data_set(make_prcc(tmp_path / "data"))
    table = _table(tmp_path / "leak.csv", data, {"1", "2"})
    (said,) = doubts(_model(tmp_path / "data"), table)
    assert "2 of the test people, such as 1, 2" in said


@pytest.mark.slow
@pytest.mark.parametrize("root", ["data", "gone", None])
def test_the_models_own_data_set_another_with_numbers_and_one_that_is_gone_raise_no_doubt(
    tmp_path: Path, root: str | None
) -> None:
    make_prcc(tmp_path / "data")
    for folder in ("data", "same numbers"):
        data = open_data_set(make_prcc(tmp_path / folder, train_identities=3, test_identities=3))
        assert not doubts(_model(root and tmp_path / root), data)


@pytest.mark.answers("numbers", "images far smaller than the model was trained on")
def test_images_far_smaller_than_the_models_are_said_to_be(tmp_path: Path) -> None:
    data = open_data_set(make_prcc(tmp_path / "data"))
    (said,) = doubts(_model(tmp_path / "data", height=256), data)
    assert "half of the test images are 32 pixels high or less, and the model was trained on images of 256x128" in said
    assert not doubts(_model(tmp_path / "data", height=64), data)
