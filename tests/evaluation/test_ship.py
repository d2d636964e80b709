import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets.make_photos import make_table
from datasets.make_prcc import make_prcc
from models.ready_model import ready_model

from ccreid.datasets.open_data import open_data_set
from ccreid.datasets.people_data_set import PeopleDataSet
from ccreid.errors import BadValueError
from ccreid.evaluation import ship
from ccreid.evaluation.evaluate import evaluate_model
from ccreid.evaluation.results import ResultRow, sourced_rows
from ccreid.evaluation.ship import HalfPrecisionError, ship_model
from ccreid.models import build_model
from ccreid.models.checkpoint import read_about
from ccreid.models.reid_model import ReIDModel
from ccreid.provenance import provenance


@pytest.fixture
def data(tmp_path: Path) -> PeopleDataSet:
    return open_data_set(make_table(tmp_path, people=8) / "images.csv")


def _model(root: Path | None = None) -> ReIDModel:
    torch.manual_seed(0)
    model = ready_model(build_model("baseline", 4, "resnet18").eval(), name="tiny")
    model.recipe.model.backbone, model.recipe.model.weights = "resnet18", "none"
    model.recipe.data.root = root
    model.epoch = 3
    return model


@pytest.mark.slow
def test_what_is_shipped_scores_as_its_file_says_and_is_calibrated(tmp_path: Path, data: PeopleDataSet) -> None:
    model = _model(data.root)
    report = ship_model(model, tmp_path / "small.safetensors", {"made": data}, {"made": data}, rates=[0.1])
    about = read_about(tmp_path / "small.safetensors")
    assert (about.recipe.name, about.epoch, about.recipe.data.root) == ("tiny", 3, None)
    assert about.scores is not None
    assert [row for row, _ in sourced_rows(about.scores)] == list(report.rows)
    shipped = ReIDModel.from_pretrained(tmp_path / "small.safetensors", "cpu")
    assert [replace(row, dataset="made") for row in evaluate_model(shipped, data)] == list(report.rows)
    assert shipped.calibration == report.calibration
    assert set(report.calibration.same) == {"across", "within"}
    records = data.test_records()
    features = shipped.embed([record.image for record in records])
    similarity = shipped.similarity(features, features)[np.triu_indices(len(records), 1)]
    identities = np.array([record.identity for record in records])
    different = np.array([one != other for one, other in itertools.combinations(identities, 2)])
    matches = (similarity >= shipped.threshold(0.1)) & different
    # The pair next below the threshold is a rounding error away from it.
    assert matches.sum() == pytest.approx(report.calibration.at(0.1).false_matches, abs=1)
    assert 0 < report.calibration.at(0.1).false_matches <= 0.1 * different.sum()
    assert shipped.same_person(records[0].image, records[0].image, 0.1)
    assert model.recipe.data.root == data.root


@pytest.mark.slow
def test_pairs_of_two_data_sets_are_never_compared(tmp_path: Path, data: PeopleDataSet) -> None:
    prcc = open_data_set(make_prcc(tmp_path / "prcc"), "prcc")
    single = [
        ship_model(_model(), tmp_path / "a.safetensors", {"one": data}, {"one": one}, rates=[0.5]).calibration
        for one in (data, prcc)
    ]
    both = ship_model(_model(), tmp_path / "a.safetensors", {"one": data}, {"one": data, "two": prcc}).calibration
    assert both.data == ("one", "two")
    assert both.different == sum(one.different for one in single)


@pytest.mark.slow
def test_other_seeds_of_the_recipe_on_the_same_data_are_kept(tmp_path: Path, data: PeopleDataSet) -> None:
    row = ResultRow("tiny", 1, "cross", "all-gallery", 0.5, 0.6, 0.7, 0.4, 0.1, 8, 0, dataset="table")
    here = provenance(data.root, ["ccreid", "train"])
    others = [
        (row, here),
        (replace(row, recipe="other"), here),
        (replace(row, seed=0), here),
        (replace(row, seed=2), {**here, "data": "of other images"}),
    ]
    ship_model(_model(), tmp_path / "small.safetensors", {"made": data}, {"made": data}, others=others)
    scores = read_about(tmp_path / "small.safetensors").scores
    assert scores is not None
    kept = [kept for kept, _ in sourced_rows(scores) if kept.seed != 0]
    assert kept == [replace(row, dataset="made")]


@pytest.mark.slow
def test_a_model_that_half_precision_changes_is_not_written(
    tmp_path: Path, data: PeopleDataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scores(model: ReIDModel, data: PeopleDataSet) -> list[ResultRow]:
        weight = next(model.network.parameters())
        halved = torch.equal(weight, weight.half().float())
        value = 0.49 if halved else 0.5
        return [ResultRow("tiny", 0, "cross", "all-gallery", value, 1.0, 1.0, 0.5, 0.5, 1000, 0)]

    monkeypatch.setattr(ship, "evaluate_model", scores)
    with pytest.raises(HalfPrecisionError, match=r"on made, cross, R1 is 50.0 in single and 49.0 in half"):
        ship_model(_model(), tmp_path / "small.safetensors", {"made": data}, {"made": data})
    assert not (tmp_path / "small.safetensors").exists()


def test_a_model_does_not_ship_without_data(tmp_path: Path) -> None:
    with pytest.raises(BadValueError, match="name a data set for each"):
        ship_model(_model(), tmp_path / "small.safetensors", {}, {})
