"""What every model must do, whatever it is inside."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial

import pytest
import torch
from closeness import assert_close, summed_terms
from models.shallow_resnet18 import shallow_resnet18
from safetensors.torch import load, save
from torch import nn

from ccreid.folding import for_inference
from ccreid.models import SYSTEMS, ReIDOutput, build_model
from ccreid.models.gi_reid import FRAMES
from ccreid.models.network import ReIDNetwork, WalkWindow, training_inputs

# All but the face, which is no network: it learns nothing and cannot be exported.
MODELS: dict[str, Callable[[], ReIDNetwork]] = {
    **{f"{system}-resnet18": partial(build_model, system, 5, "resnet18") for system in SYSTEMS if system != "face"},
    "baseline-resnet50": lambda: build_model("baseline", 5, "resnet50"),
    "baseline-efficientnet_lite0": lambda: build_model("baseline", 5, "efficientnet_lite0"),
    "baseline-vgg16": lambda: build_model("baseline", 5, "vgg16"),
    "mgn-efficientnet_lite0": lambda: build_model("mgn", 5, "efficientnet_lite0"),
}


@pytest.fixture(scope="module", params=MODELS)
def built(request: pytest.FixtureRequest) -> ReIDNetwork:
    """A model as it begins, drawn once: its weights take longer to draw than most tests take with it."""
    torch.manual_seed(0)
    with shallow_resnet18():
        model: ReIDNetwork = MODELS[request.param]()
    return model


@pytest.fixture
def model(built: ReIDNetwork) -> ReIDNetwork:
    return deepcopy(built)


def _inputs(model: ReIDNetwork, count: int = 2, height: int = 64, width: int = 32) -> tuple[torch.Tensor, ...]:
    """Return what the model takes: images, and part maps if it reads them."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(count, 3, height, width, generator=generator)
    parts = torch.randint(0, 6, (count, height, width), dtype=torch.uint8, generator=generator)
    return training_inputs(model, images, parts)


def _training_output(model: ReIDNetwork, count: int = 4) -> ReIDOutput:
    """Return what a model makes of its inputs in training, to which walks may belong."""
    inputs = _inputs(model, count)
    if model.reads_parts == "walks":
        silhouettes = torch.rand(count, FRAMES, 16, 11, generator=torch.Generator().manual_seed(2))
        inputs = *inputs, WalkWindow(silhouettes, torch.ones(count, FRAMES, dtype=torch.bool))
    output: ReIDOutput = model.train()(*inputs)
    return output


@pytest.mark.slow
def test_outputs_have_their_shapes(model: ReIDNetwork) -> None:
    output = model.eval()(*_inputs(model))
    assert isinstance(output, ReIDOutput)
    assert output.feature.ndim == 2
    assert len(output.feature) == 2
    assert output.embeddings
    assert all(embedding.ndim == 2 and len(embedding) == 2 for embedding in output.embeddings)
    assert output.logits
    assert all(logits.shape == (2, 5) for logits in output.logits)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(48, 24), (70, 37)])
def test_other_image_sizes_give_features_of_the_same_length(model: ReIDNetwork, size: tuple[int, int]) -> None:
    model.eval()
    assert model(*_inputs(model, 1, *size)).feature.shape == model(*_inputs(model, 1)).feature.shape


def _backward(model: ReIDNetwork) -> None:
    output = _training_output(model)
    loss = sum((value.square().mean() for value in output.embeddings), sum(output.auxiliary.values(), torch.zeros(())))
    loss = loss + sum(nn.functional.cross_entropy(value, torch.tensor([0, 1, 2, 3])) for value in output.logits)
    loss.backward()


@pytest.mark.slow
def test_every_learned_weight_gets_a_gradient(model: ReIDNetwork) -> None:
    # In the second step: what stands before a layer that starts at zero, as a spatial transformer's does, has none yet.
    optimizer = torch.optim.SGD([weight for weight in model.parameters() if weight.requires_grad], lr=1e-3)
    _backward(model)
    optimizer.step()
    optimizer.zero_grad()
    _backward(model)
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            assert weight.grad is not None, name
            assert weight.grad.isfinite().all(), name
            assert weight.grad.any(), name


@pytest.mark.slow
def test_saved_weights_give_the_same_features(model: ReIDNetwork) -> None:
    before = model.eval()(*_inputs(model)).feature
    saved = save(model.state_dict())
    for parameter in model.parameters():
        parameter.data.add_(0.01)
    assert not torch.equal(model(*_inputs(model)).feature, before)
    model.load_state_dict(load(saved))
    assert torch.equal(model(*_inputs(model)).feature, before)


@pytest.mark.slow
def test_evaluation_is_deterministic_and_changes_nothing(model: ReIDNetwork) -> None:
    state = {key: value.clone() for key, value in model.eval().state_dict().items()}
    assert torch.equal(model(*_inputs(model)).feature, model(*_inputs(model)).feature)
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())


@pytest.mark.slow
def test_an_image_alone_has_the_feature_that_it_has_in_a_batch(model: ReIDNetwork) -> None:
    model.eval()
    three = _inputs(model, 3)
    alone = model(*(one[1:2] for one in three)).feature[0]
    assert_close(model(*three).feature[1], alone, terms=summed_terms(model))


@pytest.mark.slow
def test_it_exports(model: ReIDNetwork) -> None:
    inputs, other = _inputs(model, 3), _inputs(model, 4)
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(model.eval(), inputs, dynamic_shapes=tuple({0: batch} for _ in inputs)).module()
    assert_close(exported(*other).feature, model(*other).feature, terms=summed_terms(model))


@pytest.mark.slow
def test_it_compiles_to_one_graph(model: ReIDNetwork) -> None:
    compiled = torch.compile(model.eval(), backend="eager", fullgraph=True)
    with torch.no_grad():
        assert_close(compiled(*_inputs(model)).feature, model(*_inputs(model)).feature, terms=summed_terms(model))


@pytest.mark.slow
def test_it_runs_under_autocast(model: ReIDNetwork) -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = _training_output(model)
        loss = sum((logits.float().square().mean() for logits in output.logits), torch.zeros(()))
        sum(output.auxiliary.values(), loss).backward()
    assert output.feature.isfinite().all()


@pytest.mark.slow
def test_the_copy_for_inference_gives_the_same_features(model: ReIDNetwork) -> None:
    with torch.no_grad():
        expected = model.eval()(*_inputs(model, 3)).feature
        got = for_inference(model, *_inputs(model, 1))(*_inputs(model, 3)).feature
    assert_close(got, expected, terms=summed_terms(model))
