from extras import needs

needs("train")

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from datasets.make_prcc import make_prcc
from parsing.label_maps.made_photos import make_photos
from safetensors.torch import load_file

from ccreid.datasets.part_maps import PartMapError
from ccreid.datasets.prcc import PRCC
from ccreid.parsing.lite.parser import lite_parser
from ccreid.parsing.lite.weights import read_about
from ccreid.parsing.parser_scores import scorable_images, score_parser
from ccreid.recipe import TrainerRecipe
from ccreid.training import lightning_fit
from ccreid.training.divergence import DivergenceError
from ccreid.training.lightning import Callback
from ccreid.training.parser import run
from ccreid.training.parser.run import PARSER_FILE, SCORES_FILE, run_parser_recipe
from ccreid.training.parser_recipe import ParserDataRecipe, ParserRecipe, ParserScheduleRecipe
from ccreid.training.run_folder import claimed_folder

pytestmark = pytest.mark.slow


def _recipe(root: Path, epochs: int = 2, seed: int = 0) -> ParserRecipe:
    if not root.exists():
        make_prcc(root, train_identities=2, test_identities=1, images=1)
    return ParserRecipe(
        name="parser",
        seed=seed,
        weights="none",
        data=ParserDataRecipe(root=root, batch=3, images=6),
        schedule=ParserScheduleRecipe(epochs=epochs),
        trainer=TrainerRecipe(accelerator="cpu"),
    )


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / PARSER_FILE)


def _equal(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_a_run_leaves_a_parser_whose_scores_are_those_of_the_file(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path / "data", epochs=1)
    finished = run_parser_recipe(recipe, tmp_path / "run", command=["ccreid", "train", "parser"])
    parser = lite_parser(tmp_path / "run" / PARSER_FILE)
    data = PRCC(tmp_path / "data")
    assert finished.scores == {"rendered": score_parser(parser, scorable_images(data))}
    written = json.loads((tmp_path / "run" / SCORES_FILE).read_text())
    origin = written["run"]
    assert written["rendered"] == asdict(finished.scores["rendered"])
    assert origin["command"] == "ccreid train parser"
    about = read_about(tmp_path / "run" / PARSER_FILE)
    assert about["trained_on"] == "6 rendered images of 2 people"
    assert about["data"] == origin["data"]
    assert about["tested_on"] == "3 rendered images of 1 people that were not trained on"
    assert json.loads(about["scores"])["rendered"]["iou"] == finished.scores["rendered"].iou
    assert json.loads(about["recipe"])["schedule"]["epochs"] == 1


def test_photos_and_rendered_people_are_learned_together_and_scored_apart(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path / "data", epochs=1)
    recipe.data.photos = make_photos(tmp_path / "photos")
    recipe.data.merge, recipe.data.held_out = str(tmp_path / "photos" / "merge.yaml"), 0.34
    finished = run_parser_recipe(recipe, tmp_path / "run")
    assert {name: scores.images for name, scores in finished.scores.items()} == {"photos": 2, "rendered": 3}
    about = read_about(tmp_path / "run" / PARSER_FILE)
    assert about["trained_on"] == f"4 photos of {tmp_path / 'photos'} and 6 rendered images of 2 people"

    recipe.data.root = None
    assert set(run_parser_recipe(recipe, tmp_path / "photos_alone").scores) == {"photos"}


def test_it_learns_what_it_is_shown(tmp_path: Path) -> None:
    # The made people differ in colour alone: head above, then clothes. Forty steps show that the loss reaches the
    # weights and that images and part maps stay together; the weights of the start find no pants at all.
    recipe = _recipe(tmp_path / "data")
    recipe.data.images, recipe.schedule.learning_rate = 60, 3e-3
    recipe.augment.occlusion = recipe.augment.poor_camera = recipe.augment.bystander = 0.0
    recipe.augment.smallest = 256
    found = run_parser_recipe(recipe, tmp_path / "run").scores["rendered"].iou
    assert min(found["head"], found["pants"]) > 0.5


class _StopInSecondEpoch(Callback):
    """Stands in for Ctrl-C."""

    def on_train_batch_end(self, trainer, *_) -> None:  # type: ignore[no-untyped-def]
        if trainer.current_epoch == 1:
            raise KeyboardInterrupt


def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one_and_another_seed_with_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = _recipe(tmp_path / "data", epochs=3)
    recipe.data.workers = 1  # which reads ahead
    run_parser_recipe(recipe, tmp_path / "whole")

    original = lightning_fit.Trainer

    def stopping(*args, callbacks, **settings):  # type: ignore[no-untyped-def]
        return original(*args, callbacks=[_StopInSecondEpoch(), *callbacks], **settings)

    monkeypatch.setattr(lightning_fit, "Trainer", stopping)
    with pytest.raises(KeyboardInterrupt):
        run_parser_recipe(recipe, tmp_path / "stopped")
    assert not (tmp_path / "stopped" / PARSER_FILE).exists()

    monkeypatch.setattr(lightning_fit, "Trainer", original)
    run_parser_recipe(recipe, tmp_path / "stopped", resume=True)
    assert _equal(_weights(tmp_path / "whole"), _weights(tmp_path / "stopped"))
    run_parser_recipe(_recipe(tmp_path / "data", epochs=3, seed=1), tmp_path / "other")
    assert not _equal(_weights(tmp_path / "whole"), _weights(tmp_path / "other"))


def test_of_several_processes_the_first_alone_takes_the_folder_and_writes_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = _recipe(tmp_path / "data")
    monkeypatch.setattr(run, "is_first_process", lambda: False)
    monkeypatch.setattr(run, "fit_module", lambda *_: None)
    with claimed_folder(tmp_path / "run", recipe, resume=False):  # by the first process
        assert run_parser_recipe(recipe, tmp_path / "run").scores == {}
    assert {path.name for path in (tmp_path / "run").glob("[!.]*")} == {"recipe.yaml"}


def test_a_data_set_that_cannot_score_is_refused_before_training(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path / "data")
    (tmp_path / "data" / "parts" / "test").rename(tmp_path / "data" / "away")
    with pytest.raises(PartMapError, match="no test image of"):
        run_parser_recipe(recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("group", "setting", "value", "message"),
    [
        ("schedule", "epochs", 0, "schedule.epochs is 0, expected at least 1"),
        ("schedule", "warmup", 1.5, "schedule.warmup is 1.5, expected a number from 0 to 1"),
        ("data", "root", None, "give --data.root FOLDER"),
        ("data", "batch", 7, "data.batch is 7, more than the 6 images of an epoch"),
        ("augment", "bystander", 3, "bystander probability is 3"),
        ("augment", "smallest", 3, "smallest view is 3"),
        ("augment", "jitter", 0.9, "jitter strength is 0.9"),
    ],
)
def test_a_value_out_of_range_is_named_before_the_folder_is_made(
    tmp_path: Path, group: str, setting: str, value: object, message: str
) -> None:
    recipe = _recipe(tmp_path / "data")
    setattr(getattr(recipe, group), setting, value)
    with pytest.raises(ValueError, match=message):
        run_parser_recipe(recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_rate_far_too_high_stops_the_training(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path / "data", epochs=20)
    recipe.schedule.learning_rate = 1e30
    with pytest.raises(DivergenceError, match=r"_cropped_rgb001.jpg.*lower schedule\.learning_rate"):
        run_parser_recipe(recipe, tmp_path / "run")
