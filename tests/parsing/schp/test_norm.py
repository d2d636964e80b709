import pytest
import torch
from closeness import assert_close, summed_terms
from torch import nn

from ccreid.parsing.schp.norm import AbsNorm, fold_norms


def _norm(weight: float, bias: float, mean: float, variance: float, slope: float = 0.01) -> AbsNorm:
    norm = AbsNorm(1, slope)
    values = {"weight": weight, "bias": bias, "running_mean": mean, "running_var": variance}
    norm.load_state_dict({name: torch.tensor([value]) for name, value in values.items()})
    return norm


@pytest.mark.parametrize(
    ("weight", "x", "expected"),
    [
        # (x - 1) / sqrt(4) * (|weight| + 0.00001) + 0.5
        (2.0, 3.0, 2.50001),
        (-2.0, 3.0, 2.50001),
        (-2.0, -3.0, 0.01 * -3.50002),
        (0.0, 201.0, 0.501),
    ],
)
def test_it_multiplies_by_the_weights_absolute_value_and_leaks_below_zero(
    weight: float, x: float, expected: float
) -> None:
    norm = _norm(weight, bias=0.5, mean=1.0, variance=4 - 1e-5)
    assert norm(torch.full((2, 1, 3, 2), x)).flatten().tolist() == pytest.approx([expected] * 12, rel=1e-6)


def test_slope_one_activates_nothing() -> None:
    norm = _norm(-2.0, bias=0.5, mean=1.0, variance=4 - 1e-5, slope=1)
    assert norm(torch.full((1, 1, 1, 1), -3.0)).item() == pytest.approx(-3.50002, rel=1e-6)


def test_the_statistics_are_the_stored_ones_in_training_mode_too() -> None:
    norm = _norm(1.0, bias=0.0, mean=5.0, variance=1.0, slope=1).train()
    assert norm(torch.full((2, 1, 2, 2), 7.0)).flatten().tolist() == pytest.approx([2.00001] * 8, rel=1e-6)
    assert norm.running_mean.item() == 5


def test_folding_leaves_the_result_and_no_norm_behind_a_convolution() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, bias=False),
        AbsNorm(4, slope=1),
        nn.Sequential(nn.AdaptiveAvgPool2d(3), nn.Conv2d(4, 5, 1, bias=True), AbsNorm(5)),
        AbsNorm(5),
    ).double()
    for tensor in network.state_dict().values():
        tensor.uniform_(0.2, 1.0).mul_(torch.randn(tensor.shape).sign() if tensor.dim() == 4 else 1)
    network[1].weight.data[::2] *= -1
    images = torch.randn(2, 3, 8, 6, dtype=torch.float64)
    before = network(images)
    fold_norms(network)
    assert_close(network(images), before, terms=summed_terms(network))
    # The last norm follows no convolution.
    assert [name for name, module in network.named_modules() if isinstance(module, AbsNorm)] == ["3"]
