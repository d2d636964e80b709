import numpy as np
import pytest
import torch
from models.ready_model import ready_model

from ccreid.models.export.whole_model import ExportError, whole_model
from ccreid.models.systems import build_model


@pytest.mark.slow
def test_it_makes_of_plain_pixels_what_embed_makes_of_the_images() -> None:
    torch.manual_seed(0)
    model = ready_model(build_model("stn", 3, "resnet18"))
    people = np.random.default_rng(0).integers(0, 256, (3, 32, 16, 3), np.uint8)
    with torch.inference_mode():
        found = whole_model(model)(torch.from_numpy(people.transpose(0, 3, 1, 2).copy())).numpy()
    np.testing.assert_allclose(found, model.embed(people), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_the_model_itself_stays_as_it_is() -> None:
    model = ready_model(build_model("baseline", 3, "resnet18"))
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    whole = whole_model(model, torch.float16)
    assert {value.dtype for value in whole.network.state_dict().values() if value.is_floating_point()} == {
        torch.float16
    }
    assert model.network.training
    assert all(torch.equal(value, before[name]) for name, value in model.network.state_dict().items())


def test_what_reads_part_maps_beside_the_images_is_refused() -> None:
    with pytest.raises(ExportError, match="head cannot be exported: it reads part maps beside the images"):
        model = ready_model(build_model("head", 3, "resnet18"))
        model.recipe.model.system = "head"
        whole_model(model)
