import pytest
import torch

from ccreid.recipe import ScheduleRecipe
from ccreid.training.schedule import learning_rate_factor, warmup_then_decay


def test_the_warm_up_grows_linearly_from_its_factor() -> None:
    schedule = ScheduleRecipe()
    assert learning_rate_factor(schedule, 0) == pytest.approx(0.01)
    assert learning_rate_factor(schedule, 5) == pytest.approx(0.505)
    assert learning_rate_factor(schedule, 10) == pytest.approx(1.0)


def test_each_milestone_multiplies_by_gamma() -> None:
    schedule = ScheduleRecipe()
    assert learning_rate_factor(schedule, 39) == pytest.approx(1.0)
    assert learning_rate_factor(schedule, 40) == pytest.approx(0.1)
    assert learning_rate_factor(schedule, 80) == pytest.approx(0.01)


def test_no_warm_up_starts_at_the_full_rate() -> None:
    assert learning_rate_factor(ScheduleRecipe(warmup_epochs=0), 0) == 1.0


def test_a_cosine_falls_by_half_a_wave_after_the_warm_up_whatever_the_milestones() -> None:
    schedule = ScheduleRecipe(epochs=6, warmup_epochs=2, warmup_factor=0.1, decay="cosine", milestones=[1])
    factors = [learning_rate_factor(schedule, epoch) for epoch in range(6)]
    half = 2**-0.5
    assert factors == pytest.approx([0.1, 0.55, 1.0, (1 + half) / 2, 0.5, (1 - half) / 2])


def test_the_scheduler_sets_the_optimizers_rate() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    scheduler = warmup_then_decay(optimizer, ScheduleRecipe(warmup_epochs=2, milestones=[3]))
    rates = []
    for _ in range(4):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert rates == pytest.approx([0.02, 1.01, 2.0, 0.2])
