"""Linear warm-up, then steps: the learning rate of the BoT baseline that the paper builds on (Luo et al. 2019)."""

from bisect import bisect_right

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ccreid.recipe import ScheduleRecipe


def learning_rate_factor(schedule: ScheduleRecipe, epoch: int) -> float:
    """Return the share of the full learning rate in an epoch, counted from 0."""
    steps = schedule.gamma ** bisect_right(sorted(schedule.milestones), epoch)
    if epoch >= schedule.warmup_epochs:
        return steps
    grown = epoch / schedule.warmup_epochs
    return steps * (schedule.warmup_factor * (1 - grown) + grown)


def warmup_multi_step(optimizer: Optimizer, schedule: ScheduleRecipe) -> LambdaLR:
    """Return the scheduler that applies `learning_rate_factor` once an epoch."""
    return LambdaLR(optimizer, lambda epoch: learning_rate_factor(schedule, epoch))
