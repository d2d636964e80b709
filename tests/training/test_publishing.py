from extras import needs

needs("hub")

from pathlib import Path

import numpy as np
import pytest
import torch
from models.hub_stand_in import hub_stand_in

from ccreid.app.cli import main
from ccreid.models.reid_model import ReIDModel
from ccreid.models.systems import build_model
from ccreid.recipe import DataRecipe, ModelRecipe, Recipe


@pytest.mark.slow
def test_a_model_that_is_pushed_is_found_by_its_name_and_says_nothing_of_this_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    weights = tmp_path / "secret" / "weights.pth"
    data = DataRecipe(root=tmp_path / "secret" / "photos", height=64, width=32, pack=tmp_path / "secret" / "pack")
    recipe = Recipe(name="own", data=data, model=ModelRecipe(backbone="efficientnet_lite0", weights=str(weights)))
    ours = ReIDModel(build_model("baseline", 2, "efficientnet_lite0"), recipe, "cpu", epoch=3)
    ours.save_pretrained(tmp_path / "run")
    with hub_stand_in(tmp_path / "cache") as hub:
        assert main(["push", str(tmp_path / "run"), "alice/reid", "--private"]) == 0
        assert f"to {hub.address}/alice/reid" in capsys.readouterr().out
        theirs = ReIDModel.from_pretrained(Path("hf://alice/reid"), "cpu")
        assert {place for _, place in hub.files} == {"model.safetensors", "README.md"}
        assert not any(b"secret" in content for content in hub.files.values())
    image = np.full((64, 32, 3), 90, np.uint8)
    assert np.array_equal(theirs.embed(image), ours.embed(image))
    assert (theirs.epoch, theirs.recipe.data.root, theirs.size) == (3, Path("photos"), (64, 32))
