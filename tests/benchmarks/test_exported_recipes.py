from extras import needs

needs("onnx")

from pathlib import Path

import pytest
from benchmarks.load_script import load_script
from datasets.make_prcc import make_prcc

from ccreid.datasets.image_tree import find_images
from ccreid.training.recipe_file import recipe_names

load_script("result_files")
load_script("exported_precision")
exported_recipes = load_script("exported_recipes")


def test_every_recipe_belongs_to_one_network() -> None:
    found = [names for _, names in exported_recipes.networks()]
    assert sorted(name for names in found for name in names) == sorted(recipe_names())
    assert len(found) < len(recipe_names())


@pytest.mark.slow
def test_a_network_is_compared_on_photos_and_one_that_reads_parts_is_refused(tmp_path: Path) -> None:
    photos = find_images(make_prcc(tmp_path, train_identities=2, test_identities=2, images=1))
    rows = []
    for recipe, names in exported_recipes.networks():
        if names[0] in {"head", "stn"}:
            recipe.data.height, recipe.data.width, recipe.model.backbone = 64, 32, "resnet18"
            rows.append(exported_recipes.compared(recipe, names, photos))
    refused, same = rows
    assert refused.difference is None
    assert 0 <= same.difference < 1e-4
    assert exported_recipes.table(rows)[2:] == [
        "| head, resnet18, 64x32 | `head` | refused: reads more than images |",
        f"| stn, resnet18, 64x32 | `stn` | {same.difference:.1e} |",
    ]
