from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from ccreid.training.parser_recipe import ParserRecipe
from ccreid.training.recipe import Recipe
from ccreid.training.run_folder import RunError, claim_folder


@pytest.mark.parametrize("recipe", [Recipe(name="a"), ParserRecipe(name="a")])
def test_a_recipe_takes_an_empty_folder_and_comes_back_to_it(recipe: Recipe | ParserRecipe, tmp_path: Path) -> None:
    claim_folder(tmp_path / "run", recipe, resume=False)
    claim_folder(tmp_path / "run", recipe, resume=True)
    with pytest.raises(RunError, match="add --resume"):
        claim_folder(tmp_path / "run", recipe, resume=False)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["recipe.yaml"]


def test_what_does_not_change_a_result_may_change(tmp_path: Path) -> None:
    recipe = ParserRecipe()
    claim_folder(tmp_path / "run", recipe, resume=False)
    moved = replace(recipe.data, root=Path("elsewhere"), workers=0, cache=True)
    claim_folder(tmp_path / "run", replace(recipe, data=moved), resume=True)
    with pytest.raises(RunError, match=r"other settings \(data\.batch: 16 there, 8 now\)"):
        claim_folder(tmp_path / "run", replace(recipe, data=replace(recipe.data, batch=8)), resume=True)


def test_a_run_of_a_version_without_a_setting_ran_with_its_default(tmp_path: Path) -> None:
    recipe = ParserRecipe()
    claim_folder(tmp_path / "run", recipe, resume=False)
    path = tmp_path / "run" / "recipe.yaml"
    tree = yaml.safe_load(path.read_text())
    del tree["augment"]["poor_camera"]
    path.write_text(yaml.safe_dump(tree))
    claim_folder(tmp_path / "run", recipe, resume=True)
    with pytest.raises(RunError, match=r"augment\.poor_camera: 0\.7 there, 0\.5 now"):
        claim_folder(tmp_path / "run", replace(recipe, augment=replace(recipe.augment, poor_camera=0.5)), resume=True)
