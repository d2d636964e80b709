from pathlib import Path

import pytest
import torch
from closeness import assert_close
from extras import needs
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ccreid.augment import Normalise
from ccreid.efficientnet_lite_blocks import SameConv2d
from ccreid.models import build_backbone
from ccreid.models.backbones.efficientnet_lite import EfficientNetLite0
from ccreid.models.backbones.weights import imagenet_file
from ccreid.weight_files import read_state_dict


def test_keys_and_shapes_are_those_of_the_wheels_file_but_for_the_classifier() -> None:
    needs("pretrained")
    theirs = {key: value.shape for key, value in read_state_dict(imagenet_file("efficientnet_lite0")).items()}
    ours = {key: value.shape for key, value in EfficientNetLite0().state_dict().items()}
    assert theirs.keys() - ours.keys() == {"_fc.weight", "_fc.bias"}
    assert ours == {key: shape for key, shape in theirs.items() if not key.startswith("_fc.")}


def _statistics(network: EfficientNetLite0, images: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """Variance of what goes into each batch norm, and the one that the weights were trained with."""
    found: dict[str, tuple[Tensor, Tensor]] = {}
    for name, module in network.named_modules():
        if isinstance(module, torch.nn.BatchNorm2d):

            def record(norm: torch.nn.BatchNorm2d, inputs: tuple[Tensor], name: str = name) -> None:
                assert norm.running_var is not None
                found[name] = inputs[0].var((0, 2, 3)), norm.running_var

            module.register_forward_pre_hook(record)
    with torch.no_grad():
        network(images)
    return found


@pytest.mark.slow
def test_wheels_weights_see_the_statistics_that_they_were_trained_with() -> None:
    needs("pretrained")
    # Noise with the spectrum and the contrast of photos; the deeper layers see what no photo shows, so few are asked.
    network = build_backbone("efficientnet_lite0", "imagenet", last_stride=2).eval()
    assert isinstance(network, EfficientNetLite0)
    random = torch.Generator().manual_seed(0)
    frequency = torch.hypot(torch.fft.fftfreq(224)[:, None], torch.fft.fftfreq(224)).clamp_min(1 / 224)
    grey = torch.fft.ifft2(torch.fft.fft2(torch.randn(4, 1, 224, 224, generator=random)) / frequency).real
    grey = (grey - grey.mean((2, 3), keepdim=True)) / grey.std((2, 3), keepdim=True)
    photos = (0.45 + 0.25 * grey).clamp(0, 1).expand(-1, 3, -1, -1)
    statistics = _statistics(network, Normalise()(photos))
    for name in ("_bn0", "_blocks.0._bn1", "_blocks.0._bn2", "_blocks.1._bn0"):
        measured, expected = statistics[name]
        alive = expected > 1e-3
        ratio = (measured / expected)[alive]
        assert alive.sum() > 8
        assert 0.3 < ratio.median() < 3, name


def test_the_input_is_scaled_as_the_weights_expect() -> None:
    images = torch.tensor([0, 127, 255], dtype=torch.uint8)[:, None, None, None].expand(3, 3, 4, 4)
    scaled = EfficientNetLite0().input_scale(Normalise()(images))
    expected = torch.tensor([-127 / 128, 0, 1])[:, None, None, None].expand(3, 3, 4, 4)
    assert_close(scaled, expected, terms=4)  # two subtractions and two divisions


def _tensorflow_same(image: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Convolve by definition: ceil(size / stride) windows, the odd padding pixel below and right."""
    size, kernel = image.shape[0], weight.shape[0]
    count = -(-size // stride)
    before = max((count - 1) * stride + kernel - size, 0) // 2
    out = torch.zeros(count, count, dtype=image.dtype)
    for row in range(count):
        for column in range(count):
            for i in range(kernel):
                for j in range(kernel):
                    y, x = row * stride + i - before, column * stride + j - before
                    if 0 <= y < size and 0 <= x < size:
                        out[row, column] += image[y, x] * weight[i, j]
    return out


@settings(max_examples=25)
@given(st.integers(1, 9), st.sampled_from([3, 5]), st.sampled_from([1, 2]), st.integers(0, 99))
def test_convolutions_pad_as_tensorflows_same(size: int, kernel: int, stride: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    image, weight = (torch.randn(side, side, generator=random, dtype=torch.float64) for side in (size, kernel))
    convolution = SameConv2d(1, 1, kernel, stride).double()
    convolution.weight.data[0, 0] = weight
    found = convolution(image[None, None])[0, 0]
    largest = float(image.abs().max() * weight.abs().max())
    assert_close(found, _tensorflow_same(image, weight, stride), terms=kernel**2, scale=largest)


@pytest.mark.parametrize("last_stride", [1, 2])
def test_the_last_stride_leaves_the_keys_as_they_are(last_stride: int) -> None:
    needs("pretrained")
    path: Path = imagenet_file("efficientnet_lite0")
    network = build_backbone("efficientnet_lite0", path, last_stride)
    assert torch.equal(network.state_dict()["_bn1.running_var"], read_state_dict(path)["_bn1.running_var"])
