from pathlib import Path

import numpy as np
import pytest
import torch
from closeness import assert_close, summed_terms
from sketch.make_hed import random_hed, write_hed
from torch import Tensor
from torch.nn import functional

from ccreid.augment import Normalise
from ccreid.models import build_backbone
from ccreid.models.backbones import vgg16 as module
from ccreid.models.backbones.vgg16 import VGG16, load_hed_blocks
from ccreid.sketch.hed_weights import load_hed
from ccreid.weight_files import WeightsError

# Of torchvision's file: the convolutions among its layers, and their channels.
PLACES = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
CHANNELS = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    """Keys and shapes of torchvision's vgg16 file, with a small classifier in the place of its three large layers."""
    torch.manual_seed(0)
    state = {}
    for place, before, channels in zip(PLACES, [3, *CHANNELS], CHANNELS, strict=False):
        state[f"features.{place}.weight"] = torch.randn(channels, before, 3, 3) * (2 / (9 * before)) ** 0.5
        state[f"features.{place}.bias"] = torch.randn(channels) * 0.1
    return {**state, "classifier.0.weight": torch.randn(4, 5), "classifier.0.bias": torch.randn(4)}


@pytest.fixture(scope="module")
def hed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hed(tmp_path_factory.mktemp("hed") / "hed.weights.h5", random_hed())


def _slow_forward(state: dict[str, Tensor], images: Tensor, last_stride: int) -> Tensor:
    x = images
    for place in PLACES:
        if place in {5, 10, 17, 24}:
            x = functional.max_pool2d(x, 2)
        x = functional.conv2d(x, state[f"features.{place}.weight"], state[f"features.{place}.bias"], padding=1).relu()
    return functional.max_pool2d(x, 2) if last_stride == 2 else x


@pytest.mark.slow
@pytest.mark.parametrize("last_stride", [1, 2])
def test_a_published_file_loads_and_gives_its_maps(
    tmp_path: Path, published: dict[str, Tensor], last_stride: int
) -> None:
    torch.save(published, tmp_path / "vgg16.pth")
    backbone = build_backbone("vgg16", tmp_path / "vgg16.pth", last_stride).double()
    images = torch.randn(1, 3, 64, 32, dtype=torch.float64)
    weights = {key: value.double() for key, value in published.items()}
    with torch.no_grad():
        expected = _slow_forward(weights, images, last_stride)
        assert_close(backbone(images), expected, terms=summed_terms(backbone))


@pytest.mark.slow
def test_started_from_the_edge_detector_it_sees_what_that_sees(hed: Path) -> None:
    network = VGG16()
    load_hed_blocks(network, hed)
    detector = load_hed(hed)
    pixels = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (1, 3, 24, 16), dtype=np.uint8))
    with torch.no_grad():
        expected = detector.blocks[0](pixels.flip(1) - detector.mean)
        got = network.features[:4](Normalise()(pixels))
    inside = (slice(None), slice(None), slice(2, -2), slice(2, -2))
    assert_close(got[inside], expected[inside], terms=summed_terms(network.features[:4]))
    assert expected[inside].std() > 0.1
    # Beyond the border both see their mean colour, one grey level apart.
    assert (got - expected).abs().max() < 0.05 * expected.abs().max()
    later = [layer for layer in network.features if isinstance(layer, torch.nn.Conv2d)][-1]
    assert torch.equal(later.weight, detector.blocks[4][4].weight)


@pytest.mark.slow
def test_hed_is_a_start_for_vgg16_alone(hed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "hed_file", lambda: hed)
    backbone = build_backbone("vgg16", "hed")
    assert isinstance(backbone, VGG16)
    assert torch.equal(backbone.features[28].weight, load_hed(hed).blocks[4][4].weight)
    with pytest.raises(WeightsError, match="resnet18 has not the layers of the edge detector: hed starts vgg16 alone"):
        build_backbone("resnet18", "hed")
