import pytest
import torch
from closeness import assert_close, summed_terms
from parsing.schp.published_schp import published_shapes, random_weights
from torch import Tensor
from torch.nn import functional

from ccreid.parsing.schp.network import SCHPNetwork


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    return random_weights(18)


@pytest.fixture(scope="module")
def network(state: dict[str, Tensor]) -> SCHPNetwork:
    with torch.device("meta"):
        network = SCHPNetwork(18)
    network.load_state_dict(state, strict=True, assign=True)
    return network.eval()


@pytest.mark.parametrize("labels", [18, 20, 7])
def test_its_keys_and_shapes_are_those_of_the_published_checkpoints(labels: int) -> None:
    with torch.device("meta"):
        network = SCHPNetwork(labels)
    assert {key: tuple(value.shape) for key, value in network.state_dict().items()} == published_shapes(labels)


def test_a_checkpoint_with_its_prefix_taken_off_loads_strictly(state: dict[str, Tensor], network: SCHPNetwork) -> None:
    own = network.state_dict()
    assert own.keys() == state.keys()
    assert torch.equal(own["layer3.22.conv2.weight"], state["layer3.22.conv2.weight"])
    assert torch.equal(own["fushion.3.bias"], state["fushion.3.bias"])


def _slow_forward(state: dict[str, Tensor], images: Tensor) -> Tensor:
    """Compute the published network's fused labels from its keys alone, one operation at a time."""

    def norm(x: Tensor, name: str) -> Tensor:
        gamma = state[f"{name}.weight"].abs() + 1e-5
        x = (x - state[f"{name}.running_mean"][:, None, None]) / (
            state[f"{name}.running_var"][:, None, None] + 1e-5
        ).sqrt()
        return x * gamma[:, None, None] + state[f"{name}.bias"][:, None, None]

    def leaky(x: Tensor) -> Tensor:
        return torch.where(x > 0, x, 0.01 * x)

    def one_by_one(x: Tensor, name: str, number: int) -> Tensor:
        return leaky(norm(functional.conv2d(x, state[f"{name}.{number}.weight"]), f"{name}.{number + 1}"))

    def resized(x: Tensor, like: Tensor) -> Tensor:
        return functional.interpolate(x, like.shape[2:], mode="bilinear", align_corners=True)

    x = images
    for number in (1, 2, 3):
        x = functional.conv2d(x, state[f"conv{number}.weight"], stride=2 if number == 1 else 1, padding=1)
        x = norm(x, f"bn{number}").clamp_min(0)
    x = functional.max_pool2d(x, 3, stride=2, padding=1)
    stages = []
    for stage, depth in enumerate((3, 4, 23, 3), start=1):
        dilation = 2 if stage == 4 else 1
        for block in range(depth):
            name = f"layer{stage}.{block}"
            stride = 2 if block == 0 and stage in (2, 3) else 1
            out = norm(functional.conv2d(x, state[f"{name}.conv1.weight"]), f"{name}.bn1").clamp_min(0)
            out = functional.conv2d(out, state[f"{name}.conv2.weight"], None, stride, dilation, dilation)
            out = norm(out, f"{name}.bn2").clamp_min(0)
            out = norm(functional.conv2d(out, state[f"{name}.conv3.weight"]), f"{name}.bn3")
            if block == 0:
                x = functional.conv2d(x, state[f"{name}.downsample.0.weight"], stride=stride)
                x = norm(x, f"{name}.downsample.1")
            x = (out + x).clamp_min(0)
        stages.append(x)
    pyramid = []
    for index, size in enumerate((1, 2, 3, 6)):
        cells = functional.adaptive_avg_pool2d(x, size)
        pyramid.append(resized(one_by_one(cells, f"context_encoding.stages.{index}", 1), x))
    x = functional.conv2d(torch.cat([*pyramid, x], 1), state["context_encoding.bottleneck.0.weight"], padding=1)
    x = leaky(norm(x, "context_encoding.bottleneck.1"))
    x = resized(one_by_one(x, "decoder.conv1", 0), stages[0])
    x = torch.cat([x, one_by_one(stages[0], "decoder.conv2", 0)], 1)
    x = one_by_one(one_by_one(x, "decoder.conv3", 0), "decoder.conv3", 2)
    edges = [resized(one_by_one(stages[index], f"edge.conv{index + 1}", 0), stages[0]) for index in range(3)]
    x = one_by_one(torch.cat([x, *edges], 1), "fushion", 0)
    return functional.conv2d(x, state["fushion.3.weight"], state["fushion.3.bias"])


@pytest.mark.slow
def test_it_computes_what_its_keys_say(state: dict[str, Tensor], network: SCHPNetwork) -> None:
    images = torch.randn(2, 3, 64, 48, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        logits, expected = network(images), _slow_forward(state, images)
    assert logits.shape == (2, 18, 16, 12)
    assert_close(logits, expected, terms=summed_terms(network))


def test_an_odd_size_is_rounded_up(network: SCHPNetwork) -> None:
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 41, 33)).shape == (1, 18, 11, 9)
