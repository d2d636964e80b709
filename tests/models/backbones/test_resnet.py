import pytest
import torch
from closeness import assert_close, summed_terms
from torch import Tensor
from torch.nn import functional

from ccreid.models.backbones.resnet import ResNet, ResNetName


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameters"),
    # torchvision's published parameter counts less the classifier's 1000 * C + 1000.
    [
        ("resnet18", 11_689_512 - 513_000),
        ("resnet34", 21_797_672 - 513_000),
        ("resnet50", 25_557_032 - 2_049_000),
        ("resnet101", 44_549_160 - 2_049_000),
    ],
)
def test_it_has_as_many_parameters_as_torchvisions(name: ResNetName, parameters: int) -> None:
    with torch.device("meta"):
        network = ResNet(name)
    assert sum(weight.numel() for weight in network.parameters()) == parameters


def _torchvision_keys(depths: tuple[int, ...], convolutions: int, first_projects: bool) -> set[str]:
    norms = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    keys = {"conv1.weight", *(f"bn1.{norm}" for norm in norms)}
    for stage, depth in enumerate(depths, start=1):
        for block in range(depth):
            for number in range(1, convolutions + 1):
                keys.add(f"layer{stage}.{block}.conv{number}.weight")
                keys |= {f"layer{stage}.{block}.bn{number}.{norm}" for norm in norms}
        if stage > 1 or first_projects:
            keys.add(f"layer{stage}.0.downsample.0.weight")
            keys |= {f"layer{stage}.0.downsample.1.{norm}" for norm in norms}
    return keys


@pytest.mark.slow
@pytest.mark.parametrize("last_stride", [1, 2])
@pytest.mark.parametrize(
    ("name", "depths", "convolutions", "first_projects"),
    [
        ("resnet18", (2, 2, 2, 2), 2, False),
        ("resnet34", (3, 4, 6, 3), 2, False),
        ("resnet50", (3, 4, 6, 3), 3, True),
        ("resnet101", (3, 4, 23, 3), 3, True),
    ],
)
def test_its_keys_are_torchvisions(
    name: ResNetName, depths: tuple[int, ...], convolutions: int, first_projects: bool, last_stride: int
) -> None:
    with torch.device("meta"):
        network = ResNet(name, last_stride)
    assert set(network.state_dict()) == _torchvision_keys(depths, convolutions, first_projects)


def _slow_forward(state: dict[str, Tensor], x: Tensor, depths: tuple[int, ...], convolutions: int) -> Tensor:
    """ResNet from its keys alone, one operation at a time, in evaluation mode."""

    def norm(x: Tensor, name: str) -> Tensor:
        mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        scale = state[f"{name}.weight"] / (variance + 1e-5).sqrt()
        return (x - mean[:, None, None]) * scale[:, None, None] + state[f"{name}.bias"][:, None, None]

    x = functional.conv2d(x, state["conv1.weight"], stride=2, padding=3)
    x = functional.max_pool2d(norm(x, "bn1").clamp_min(0), 3, 2, 1)
    for stage, depth in enumerate(depths, start=1):
        for block in range(depth):
            name = f"layer{stage}.{block}"
            stride = 2 if block == 0 and stage > 1 else 1
            strided = 1 if convolutions == 2 else 2  # torchvision strides in the first, or in the middle, convolution
            out, shortcut = x, x
            for number in range(1, convolutions + 1):
                weight = state[f"{name}.conv{number}.weight"]
                out = functional.conv2d(
                    out, weight, stride=stride if number == strided else 1, padding=weight.shape[2] // 2
                )
                out = norm(out, f"{name}.bn{number}")
                out = out.clamp_min(0) if number < convolutions else out
            if f"{name}.downsample.0.weight" in state:
                shortcut = functional.conv2d(x, state[f"{name}.downsample.0.weight"], stride=stride)
                shortcut = norm(shortcut, f"{name}.downsample.1")
            x = (out + shortcut).clamp_min(0)
    return x


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "depths", "convolutions"), [("resnet18", (2, 2, 2, 2), 2), ("resnet50", (3, 4, 6, 3), 3)]
)
def test_it_computes_what_its_keys_say(name: ResNetName, depths: tuple[int, ...], convolutions: int) -> None:
    torch.manual_seed(0)
    network = ResNet(name, last_stride=2).double().eval()
    state = network.state_dict()
    for key, value in state.items():  # in place: batch norms that do something
        if key.endswith("running_mean"):
            value.normal_(std=0.1)
        elif "bn" in key and key.endswith(("weight", "running_var")):
            value.uniform_(0.5, 1.5)
    images = torch.randn(2, 3, 64, 32, dtype=torch.float64)
    with torch.no_grad():
        expected = _slow_forward(state, images, depths, convolutions)
        assert_close(network(images), expected, terms=summed_terms(network))
