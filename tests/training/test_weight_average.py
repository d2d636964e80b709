import pytest
import torch
from torch import nn

from ccreid.models import build_model
from ccreid.training.weight_average import WeightAverage


@pytest.mark.slow
def test_the_mean_is_taken_weight_by_weight_with_a_share_that_grows() -> None:
    model = build_model("baseline", 4, "resnet18")
    average = WeightAverage(model, share=0.3)
    name = "backbone.layer1.0.conv1.weight"
    expected = model.state_dict()[name].clone()
    for share in (1 / 10, 2 / 11, 3 / 12, 0.3, 0.3):
        for weight in model.parameters():
            weight.data.add_(torch.randn_like(weight))
        average.update(model)
        expected = share * expected + (1 - share) * model.state_dict()[name]
        torch.testing.assert_close(average.network.state_dict()[name], expected)
    assert int(average.steps) == 5


def test_the_statistics_of_batch_norms_are_averaged_and_their_counters_copied() -> None:
    model = build_model("baseline", 4, "resnet18")
    average = WeightAverage(model, share=0.999)
    before = model.state_dict()["bnneck.running_mean"].clone()
    model.train()(torch.randn(4, 3, 32, 16))
    average.update(model)
    after, mean = model.state_dict(), average.network.state_dict()
    torch.testing.assert_close(mean["bnneck.running_mean"], 0.1 * before + 0.9 * after["bnneck.running_mean"])
    assert int(mean["bnneck.num_batches_tracked"]) == 1


def test_it_learns_nothing_by_itself_and_stays_in_evaluation_mode() -> None:
    average = WeightAverage(build_model("baseline", 4, "resnet18"), share=0.9)
    nn.Sequential(average).train()
    assert not average.network.training
    assert not any(weight.requires_grad for weight in average.parameters())


@pytest.mark.slow
def test_it_goes_on_from_its_state_dict() -> None:
    model = build_model("baseline", 4, "resnet18")
    average = WeightAverage(model, share=0.5)
    average.update(model)
    other = WeightAverage(build_model("baseline", 4, "resnet18"), share=0.5)
    other.load_state_dict(average.state_dict())
    for one in (average, other):
        one.update(model)
    assert int(other.steps) == 2
    for name, value in average.state_dict().items():
        assert torch.equal(other.state_dict()[name], value), name


def test_weights_of_few_bits_are_followed() -> None:
    model = build_model("baseline", 4, "resnet18").to(torch.bfloat16)
    average = WeightAverage(model, share=0.9)
    average.update(model)
    assert average.network.state_dict()["classifier.weight"].dtype == torch.bfloat16
