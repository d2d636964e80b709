import pytest
import torch
from closeness import assert_close, summed_terms
from torch import nn

from ccreid.parsing.tiny.network import STRIDE, TinyNetwork, folded


@pytest.fixture
def network() -> TinyNetwork:
    """A network whose batch norms have seen images, and are not all alike."""
    torch.manual_seed(0)
    network = TinyNetwork()
    for _ in range(3):
        network(_images(4))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network


def _images(count: int) -> torch.Tensor:
    return torch.rand(count, 3, 2 * STRIDE, STRIDE, generator=torch.Generator().manual_seed(1))


def test_every_pixel_gets_logits_of_the_six_parts(network: TinyNetwork) -> None:
    assert network.eval()(torch.rand(2, 3, 3 * STRIDE, 2 * STRIDE)).shape == (2, 6, 3 * STRIDE, 2 * STRIDE)


def test_it_stays_below_five_million_weights(network: TinyNetwork) -> None:
    assert sum(weight.numel() for weight in network.parameters()) < 5e6


def test_every_weight_gets_a_gradient(network: TinyNetwork) -> None:
    network.train()(_images(2)).square().mean().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.any(), name


def test_folding_the_batch_norms_keeps_the_function_and_the_network(network: TinyNetwork) -> None:
    images = _images(2).double()
    expected = network.double().eval()(images)
    fast = folded(network)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fast.modules())
    assert_close(fast(images), expected, terms=summed_terms(network))
    assert any(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def test_a_pixel_knows_of_the_whole_image(network: TinyNetwork) -> None:
    images = _images(1).requires_grad_()
    network.eval()(images)[0, :, 0, 0].sum().backward()
    assert images.grad is not None
    assert images.grad[0, :, -1, -1].any()


@pytest.mark.slow
def test_it_exports(network: TinyNetwork) -> None:
    images = _images(1).double()
    exported = torch.export.export(folded(network.double()), (images,)).module()
    assert_close(exported(images), network.eval()(images), terms=summed_terms(network))
