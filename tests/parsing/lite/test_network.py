import pytest
import torch
from closeness import assert_close, summed_terms
from extras import needs
from torch import nn

from ccreid.models.backbones.efficientnet_lite import EfficientNetLite0
from ccreid.models.backbones.weights import imagenet_file
from ccreid.parsing.lite.network import STRIDE, LiteEncoder, LiteNetwork
from ccreid.weight_files import read_state_dict


@pytest.fixture
def network() -> LiteNetwork:
    """A network whose batch norms have seen images, and are not all alike."""
    torch.manual_seed(0)
    network = LiteNetwork()
    for _ in range(3):
        network(_images(4))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network


def _images(count: int) -> torch.Tensor:
    return torch.rand(count, 3, 2 * STRIDE, STRIDE, generator=torch.Generator().manual_seed(1))


def test_every_pixel_gets_logits_of_the_six_parts(network: LiteNetwork) -> None:
    assert network.eval()(torch.rand(2, 3, 3 * STRIDE, 2 * STRIDE)).shape == (2, 6, 3 * STRIDE, 2 * STRIDE)


def test_it_stays_below_five_million_weights(network: LiteNetwork) -> None:
    assert sum(weight.numel() for weight in network.parameters()) < 5e6


def test_every_weight_gets_a_gradient(network: LiteNetwork) -> None:
    network.train()(_images(2)).square().mean().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.any(), name


def test_the_encoder_takes_imagenets_weights() -> None:
    needs("pretrained")
    weights = read_state_dict(imagenet_file("efficientnet_lite0"))
    encoder = LiteEncoder().state_dict()
    assert encoder.keys() <= weights.keys() | {key for key in encoder if key.endswith("num_batches_tracked")}
    assert all(weights[key].shape == value.shape for key, value in encoder.items() if key in weights)


def test_the_encoders_levels_are_those_of_the_backbone() -> None:
    torch.manual_seed(0)
    backbone = EfficientNetLite0(last_stride=2).double().eval()
    encoder = LiteEncoder().double().eval()
    encoder.load_state_dict(backbone.state_dict(), strict=False)
    images = _images(2).double()
    levels = encoder(images)
    assert [level.shape[2:] for level in levels] == [(32, 16), (16, 8), (8, 4), (4, 2), (2, 1)]
    expected = backbone._blocks(backbone._bn0(backbone._conv_stem((255 * images - 127) / 128)).clamp(0, 6))
    assert_close(levels[-1], expected, terms=summed_terms(encoder))


def test_a_pixel_knows_of_the_whole_image(network: LiteNetwork) -> None:
    images = _images(1).requires_grad_()
    network.eval()(images)[0, :, 0, 0].sum().backward()
    assert images.grad is not None
    assert images.grad[0, :, -1, -1].any()


@pytest.mark.slow
def test_it_exports(network: LiteNetwork) -> None:
    images = _images(1).double()
    exported = torch.export.export(network.double().eval(), (images,)).module()
    assert_close(exported(images), network(images), terms=summed_terms(network))
