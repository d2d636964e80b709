from pathlib import Path

import yaml
from models.ready_model import ready_model

from ccreid.evaluation.results import ResultRow, write_results
from ccreid.models.reid_model import ReIDModel
from ccreid.models.systems import build_model
from ccreid.provenance import Provenance
from ccreid.training.model_card import model_card

ORIGIN = Provenance(
    commit="c0ffee",
    dirty=True,
    versions={"torch": "2.13.0"},
    data="f" * 64,
    command="ccreid train /home/alice/data",
    date="2026-11-26T00:00:00+00:00",
    machine="Linux, x86_64, 2 cores",
)


def _model() -> ReIDModel:
    model = ready_model(build_model("baseline", 3, "resnet18"), name="baseline", seed=7)
    model.recipe.data.root, model.recipe.description = Path("photos"), "The baseline"
    model.epoch = 5
    return model


def _row(seed: int, dataset: str, rank1: float) -> ResultRow:
    return ResultRow("baseline", seed, "cross", "all-gallery", rank1, 0.6, 0.7, 0.4, 0.1, 240, 0, dataset=dataset)


def test_the_card_says_what_was_trained_on_what_and_how_well_it_does(tmp_path: Path) -> None:
    write_results(tmp_path / "results.json", [_row(7, "people", 0.512), _row(8, "people", 0.999)], ORIGIN)
    card = model_card(_model(), tmp_path, "alice/reid")
    about = yaml.safe_load(card.split("---\n")[1])
    assert about["library_name"] == "ccreid"
    assert "people" in about["tags"]
    for said in [
        "# alice/reid\n",
        "The baseline. System baseline on resnet50, images of 32x16 pixels; trained for 5 epochs",
        'ReIDModel.from_pretrained("hf://alice/reid")',
        "| people | cross | all-gallery | 51.2 | 60.0 | 70.0 | 40.0 | 10.0 | 240 images |",
        "| seed | 7 |",
        "| data | photos |",
        "| commit of ccreid | c0ffee, with changes |",
        f"| data's fingerprint | {'f' * 64} |",
        "| versions | torch 2.13.0 |",
    ]:
        assert said in card
    assert "99.9" not in card  # of another seed
    assert "rendered" not in card
    assert "/home/alice" not in card
    settings = yaml.safe_load(card.split("```yaml\n")[1].split("```")[0])
    assert settings["data"]["height"] == 32


def test_scores_on_rendered_people_are_said_to_be_that(tmp_path: Path) -> None:
    write_results(tmp_path / "results.json", [_row(7, "wardrobe", 0.5)], ORIGIN)
    assert "people are rendered" in model_card(_model(), tmp_path / "model.safetensors", "alice/reid")


def test_a_model_without_results_says_so(tmp_path: Path) -> None:
    card = model_card(_model(), tmp_path, "alice/reid")
    assert "None were measured where it was pushed from" in card
    assert "fingerprint" not in card
