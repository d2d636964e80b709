import dataclasses
import json
import re
from pathlib import Path

import pytest

from ccreid.recipe import Recipe
from ccreid.recipe_fields import field_fault


def test_what_a_recipe_says_of_itself_is_without_fault() -> None:
    recipe = Recipe(name="a")
    recipe.data.root = Path("data")
    assert field_fault(dataclasses.asdict(recipe), Recipe) == ""
    assert field_fault(json.loads(json.dumps(dataclasses.asdict(recipe), default=str)), Recipe) == ""


@pytest.mark.answers("security", "a recipe that names a class")
@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"class_path": "os.system"}, "unknown key 'class_path'"),
        ({"model": {"class_path": "os.system", "init_args": {}}}, "unknown key 'model.class_path'"),
        ({"model": {"backbone": {"class_path": "os.system"}}}, "'model.backbone' is .*, expected text"),
        ({"trainer": {"accelerator": {"class_path": "os.system"}}}, "'trainer.accelerator' is .*, expected text"),
    ],
)
def test_no_class_is_named(tree: dict[str, object], said: str) -> None:
    assert re.match(said, field_fault(tree, Recipe))
