from typing import NamedTuple

import pytest
import torch
from closeness import assert_close, summed_terms
from torch import Tensor, nn

from ccreid.folding import for_inference
from ccreid.models import Baseline

IMAGES = torch.randn(3, 3, 64, 32, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def settled(model: nn.Module) -> nn.Module:
    """Give the batch norms statistics of their own, without which folding would change nothing."""
    generator = torch.Generator().manual_seed(0)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.weight.data, module.bias.data, module.running_mean, module.running_var):
                assert values is not None
                values.copy_(values + 0.3 * torch.rand(values.shape, generator=generator))
    return model


@pytest.mark.slow
@pytest.mark.parametrize("backbone", ["resnet18", "resnet50", "efficientnet_lite0"])
def test_features_are_the_same_and_no_batch_norm_is_left_beside_the_neck(backbone: str) -> None:
    torch.manual_seed(0)
    model = settled(Baseline(5, backbone)).double()
    fast = for_inference(model, IMAGES[:1])
    assert model.training
    assert not fast.training
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fast.modules())
    with torch.no_grad():
        expected, got = model.eval()(IMAGES).feature, fast(IMAGES).feature
    assert_close(got, expected, terms=summed_terms(model))


@pytest.mark.slow
def test_the_model_itself_keeps_its_weights_and_its_norms() -> None:
    model = settled(Baseline(5, "resnet18")).double()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for_inference(model, IMAGES)
    assert model.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


class _Output(NamedTuple):
    feature: Tensor


class _Branching(nn.Module):
    """Uses the convolution's output beside its norm."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)

    def forward(self, images: Tensor) -> _Output:
        maps = self.conv(images)
        return _Output((maps + self.norm(maps)).mean((2, 3)))


class _Shared(nn.Module):
    """Uses one convolution before two norms."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.one, self.other = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.BatchNorm2d(4)

    def forward(self, images: Tensor) -> _Output:
        return _Output((self.one(self.conv(images)) - self.other(self.conv(2 * images))).mean((2, 3)))


@pytest.mark.parametrize("kind", [_Branching, _Shared])
def test_a_convolution_that_is_used_elsewhere_is_not_folded(kind: type[nn.Module]) -> None:
    torch.manual_seed(0)
    model = settled(kind()).double()
    fast = for_inference(model, IMAGES)
    assert any(isinstance(module, nn.BatchNorm2d) for module in fast.modules())
    with torch.no_grad():
        assert_close(fast(IMAGES).feature, model.eval()(IMAGES).feature, terms=64 * 32)
