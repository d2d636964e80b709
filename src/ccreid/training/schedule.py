"""Linear warm-up, then steps as of the BoT baseline (Luo et al. 2019), which the paper builds on, or half a cosine."""

import math
from bisect import bisect_right

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ccreid.recipe import ScheduleRecipe


def learning_rate_factor(schedule: ScheduleRecipe, epoch: int) -> float:
    """Return the share of the full learning rate in an epoch.

    >>> schedule = ScheduleRecipe(warmup_epochs=10, warmup_factor=0.01, milestones=[40], gamma=0.1)
    >>> [round(learning_rate_factor(schedule, epoch), 3) for epoch in (0, 5, 10, 40)]
    [0.01, 0.505, 1.0, 0.1]
    >>> schedule = ScheduleRecipe(epochs=60, warmup_epochs=10, warmup_factor=0.01, decay="cosine")
    >>> [round(learning_rate_factor(schedule, epoch), 3) for epoch in (0, 5, 10, 35, 59)]
    [0.01, 0.505, 1.0, 0.5, 0.001]

    Args:
        schedule: Warm-up and decay; the rate itself does not matter.
        epoch: Counted from 0.
    """
    if schedule.decay == "cosine":
        passed = max(epoch - schedule.warmup_epochs, 0) / max(schedule.epochs - schedule.warmup_epochs, 1)
        decayed = (1 + math.cos(math.pi * min(passed, 1))) / 2
    else:
        decayed = schedule.gamma ** bisect_right(sorted(schedule.milestones), epoch)
    if epoch >= schedule.warmup_epochs:
        return decayed
    grown = epoch / schedule.warmup_epochs
    return decayed * (schedule.warmup_factor * (1 - grown) + grown)


def warmup_then_decay(optimizer: Optimizer, schedule: ScheduleRecipe) -> LambdaLR:
    """Return the scheduler that applies `learning_rate_factor` once an epoch.

    Args:
        optimizer: Its groups have their full learning rates; each is scaled alike.
        schedule: Warm-up and decay.
    """
    return LambdaLR(optimizer, lambda epoch: learning_rate_factor(schedule, epoch))
