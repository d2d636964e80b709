"""Linear warm-up, then steps: the learning rate of the BoT baseline that the paper builds on (Luo et al. 2019)."""

from bisect import bisect_right

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ccreid.recipe import ScheduleRecipe


def learning_rate_factor(schedule: ScheduleRecipe, epoch: int) -> float:
    """Return the share of the full learning rate in an epoch.

    >>> schedule = ScheduleRecipe(warmup_epochs=10, warmup_factor=0.01, milestones=[40], gamma=0.1)
    >>> [round(learning_rate_factor(schedule, epoch), 3) for epoch in (0, 5, 10, 40)]
    [0.01, 0.505, 1.0, 0.1]

    Args:
        schedule: Warm-up, milestones and gamma; the rate itself does not matter.
        epoch: Counted from 0.
    """
    steps = schedule.gamma ** bisect_right(sorted(schedule.milestones), epoch)
    if epoch >= schedule.warmup_epochs:
        return steps
    grown = epoch / schedule.warmup_epochs
    return steps * (schedule.warmup_factor * (1 - grown) + grown)


def warmup_multi_step(optimizer: Optimizer, schedule: ScheduleRecipe) -> LambdaLR:
    """Return the scheduler that applies `learning_rate_factor` once an epoch.

    Args:
        optimizer: Its groups have their full learning rates; each is scaled alike.
        schedule: Warm-up, milestones and gamma.
    """
    return LambdaLR(optimizer, lambda epoch: learning_rate_factor(schedule, epoch))
