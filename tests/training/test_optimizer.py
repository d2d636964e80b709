import pytest
import torch
from torch import nn

from ccreid.errors import BadValueError
from ccreid.models import build_model
from ccreid.recipe import ScheduleRecipe
from ccreid.training.optimizer import build_optimizer


def _settings(model: nn.Module, schedule: ScheduleRecipe, key: str) -> dict[str, float]:
    """Return one of the optimiser's settings of each weight that is learned, by the weight's name."""
    optimizer = build_optimizer(model, schedule)
    of = {id(weight): group[key] for group in optimizer.param_groups for weight in group["params"]}
    assert len(of) == sum(len(group["params"]) for group in optimizer.param_groups)
    return {name: of[id(weight)] for name, weight in model.named_parameters() if weight.requires_grad}


def test_one_rate_is_one_group_of_sgd_in_the_models_own_order() -> None:
    model = build_model("baseline", 4, "resnet18")
    optimizer = build_optimizer(model, ScheduleRecipe())
    assert isinstance(optimizer, torch.optim.SGD)
    (group,) = optimizer.param_groups
    assert (group["lr"], group["momentum"], group["weight_decay"]) == (3.5e-3, 0.9, 5e-4)
    assert list(map(id, group["params"])) == [id(weight) for weight in model.parameters() if weight.requires_grad]


def test_rates_fall_from_block_to_block_down_to_the_stem() -> None:
    schedule = ScheduleRecipe(learning_rate=0.1, rate_scale=2, head_rate=5, layer_decay=0.5)
    rates = _settings(build_model("baseline", 4, "resnet18"), schedule, "lr")
    assert rates["classifier.weight"] == rates["bnneck.weight"] == pytest.approx(1.0)
    assert rates["backbone.layer4.1.conv2.weight"] == pytest.approx(0.2)
    assert rates["backbone.layer4.0.downsample.0.weight"] == pytest.approx(0.1)
    assert rates["backbone.layer1.0.conv1.weight"] == pytest.approx(0.2 * 0.5**7)
    assert rates["backbone.conv1.weight"] == pytest.approx(0.2 * 0.5**8)


def test_each_of_several_backbones_has_its_own_depths() -> None:
    rates = _settings(build_model("head_body", 4, "resnet18"), ScheduleRecipe(learning_rate=1, layer_decay=0.5), "lr")
    stems = [rate for name, rate in rates.items() if name.endswith("backbone.conv1.weight")]
    tops = [rate for name, rate in rates.items() if name.endswith("backbone.layer4.1.conv2.weight")]
    assert stems == [pytest.approx(0.5**8)] * 2
    assert tops == [pytest.approx(1)] * 2


def test_a_model_without_a_whole_backbone_has_no_rates_by_depth() -> None:
    with pytest.raises(BadValueError, match="a MGN has no whole backbone"):
        build_optimizer(build_model("mgn", 4, "resnet18"), ScheduleRecipe(layer_decay=0.5))


def test_adamw_leaves_norms_and_biases_from_decay() -> None:
    model = build_model("baseline", 4, "resnet18")
    schedule = ScheduleRecipe(optimizer="adamw", weight_decay=0.05)
    assert isinstance(build_optimizer(model, schedule), torch.optim.AdamW)
    decays = _settings(model, schedule, "weight_decay")
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            assert decays[name] == (0.05 if weight.ndim > 1 else 0), name


def test_a_step_of_adamw_is_the_rate_after_decoupled_decay() -> None:
    layer = nn.Linear(1, 1)
    before = [weight.detach().clone() for weight in (layer.weight, layer.bias)]
    optimizer = build_optimizer(layer, ScheduleRecipe(optimizer="adamw", learning_rate=0.1, weight_decay=0.5))
    (3 * layer.weight + 7 * layer.bias).sum().backward()
    optimizer.step()
    # The first step of Adam is the sign of the gradient, whatever its size.
    torch.testing.assert_close(layer.weight.detach(), before[0] * (1 - 0.1 * 0.5) - 0.1)
    torch.testing.assert_close(layer.bias.detach(), before[1] - 0.1)


def test_what_is_learned_beside_the_model_has_the_heads_rate() -> None:
    beside = nn.Parameter(torch.zeros(2, 3))
    schedule = ScheduleRecipe(learning_rate=0.1, head_rate=4)
    groups = build_optimizer(build_model("baseline", 4, "resnet18"), schedule, [beside]).param_groups
    assert [group["lr"] for group in groups if group["params"][0] is beside] == [pytest.approx(0.4)]
