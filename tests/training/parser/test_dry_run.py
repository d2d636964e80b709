from extras import needs

needs("train")

from pathlib import Path

import pytest
from datasets.make_prcc import make_prcc

from ccreid.app.cli import main
from ccreid.datasets.part_maps import PartMapError
from ccreid.recipe import TrainerRecipe
from ccreid.training.parser.dry_run import dry_run_parser
from ccreid.training.parser_recipe import ParserDataRecipe, ParserRecipe

pytestmark = pytest.mark.slow


def _recipe(root: Path) -> ParserRecipe:
    return ParserRecipe(
        name="parser",
        weights="none",
        data=ParserDataRecipe(root=root, batch=3, images=6),
        trainer=TrainerRecipe(accelerator="cpu"),
    )


def test_the_whole_training_and_scoring_is_counted(tmp_path: Path) -> None:
    root = make_prcc(tmp_path / "data", train_identities=2, test_identities=1, images=1)
    measured = dry_run_parser(_recipe(root))
    assert measured.times is not None
    assert (measured.times.steps, measured.times.epochs, measured.tested) == (80, 40, 3)


def test_the_command_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    make_prcc(tmp_path / "data", train_identities=2, test_identities=1, images=1)
    words = ["train", "parser", "--data.root", "data", "--data.batch", "3", "--data.images", "6", "--dry-run"]
    assert main([*words, "--weights", "none", "--trainer.accelerator", "cpu"]) == 0
    assert "3 test images" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_test_images_without_part_maps_are_refused_as_by_a_run(tmp_path: Path) -> None:
    root = make_prcc(tmp_path / "data", train_identities=2, test_identities=1, images=1)
    for path in (root / "parts" / "test").rglob("*.png"):
        path.unlink()
    with pytest.raises(PartMapError, match="no test image"):
        dry_run_parser(_recipe(root))
