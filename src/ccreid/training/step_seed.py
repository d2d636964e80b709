"""The random draws of a training step, such that a resumed run draws what an uninterrupted one would."""

import numpy as np
import torch

from ccreid.training.lightning import LightningModule


def step_generator(module: LightningModule, seed: int, turn: int = 0) -> torch.Generator:
    """Return a generator on the module's device that the run's seed, the step and the process decide.

    Args:
        module: In training; knows the step and the process.
        seed: The run's, 0 or more.
        turn: Which of the batches of the step, where several make one.
    """
    return torch.Generator(device=module.device).manual_seed(step_seed(module, seed) + turn)


def shared_step_generator(module: LightningModule, seed: int, turn: int = 0) -> torch.Generator:
    """Return a generator on the module's device that draws the same in all processes of a run.

    Args:
        module: In training; knows the step.
        seed: The run's, 0 or more.
        turn: Which of the batches of the step, where several make one.
    """
    return torch.Generator(device=module.device).manual_seed(_seed(seed, module.global_step) + turn)


def seed_layers(module: LightningModule, seed: int, turn: int = 0) -> None:
    """Let layers that draw for themselves, as dropout and drop path do, draw what the run's seed and the step decide.

    They draw from torch's own generator, which a resumed run would find elsewhere than an uninterrupted one.

    Args:
        module: In training; knows the step and the process.
        seed: The run's, 0 or more.
        turn: Which of the batches of the step, where several make one.
    """
    # With one number more than `step_generator`'s seed, so that they do not draw what the augmentation draws.
    torch.manual_seed(_seed(seed, module.global_step, module.global_rank, turn, 1))


def step_seed(module: LightningModule, seed: int) -> int:
    """Return a seed, 0 to 2^63 - 1, that the run's seed, the step and the process decide.

    Args:
        module: In training; knows the step and the process.
        seed: The run's, 0 or more.
    """
    return _seed(seed, module.global_step, module.global_rank)


def _seed(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
