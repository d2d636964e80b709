"""The batch norm of SCHP's checkpoints, which takes its weights' absolute values, and its folding into convolutions."""

from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON: Final = 1e-5
LEAKY: Final = 0.01


class AbsNorm(nn.Module):
    """Batch norm with |weight| + 1e-5 in the weight's place, then a leaky ReLU.

    That is what the in-place activated batch norm (Rota Bulò et al., CVPR 2018) that SCHP was trained with computes: it
    inverts itself for the backward pass, so it may multiply by nothing negative or zero. A plain batch norm would turn
    the channels of a negative weight over. The running statistics are always the ones used: the network is run here,
    not trained.

    Args:
        channels: Number of channels.
        slope: Of the leaky ReLU below zero; 1 leaves the normalised values as they are.
    """

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, slope: float = LEAKY) -> None:
        super().__init__()
        self.slope = slope
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised and activated map (B, C, h, w) of a map (B, C, h, w)."""
        scale, shift = self.scale_and_shift()
        return functional.leaky_relu(x * scale[:, None, None] + shift[:, None, None], self.slope)

    def scale_and_shift(self) -> tuple[Tensor, Tensor]:
        """Return what each channel (C,) is multiplied by, and what is then added (C,), before the activation."""
        scale = (self.weight.abs() + EPSILON) * (self.running_var + EPSILON).rsqrt()
        return scale, self.bias - self.running_mean * scale


def fold_norms(network: nn.Module) -> None:
    """Fold every norm that directly follows a convolution, among a module's children, into that convolution, in place.

    The network computes the same up to rounding, in fewer passes over its maps; its state-dict keys are others then.
    """
    for module in [*network.modules()]:
        for (_, convolution), (name, norm) in pairwise([*module.named_children()]):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, AbsNorm):
                _fold(convolution, norm)
                setattr(module, name, _activation(norm.slope))


def _fold(convolution: nn.Conv2d, norm: AbsNorm) -> None:
    scale, shift = norm.scale_and_shift()
    bias = shift if convolution.bias is None else shift + convolution.bias * scale
    convolution.weight = nn.Parameter((convolution.weight * scale[:, None, None, None]).detach())
    convolution.bias = nn.Parameter(bias.detach())


def _activation(slope: float) -> nn.Module:
    return nn.Identity() if slope == 1 else nn.LeakyReLU(slope, inplace=True)
