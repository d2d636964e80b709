"""Semantic consistency: what two streams know of a person shall be the same (Jin et al., GI-ReID, 2022).

The common feature learning of Luo et al. ("Knowledge Amalgamation from Heterogeneous Networks by Common Feature
Learning", IJCAI 2019).
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

_SIGMAS: Final = (0.001, 0.01, 0.05, 0.1, 0.2, 1.0, 2.0)


class SemanticConsistency(nn.Module):
    """Brings the features of two streams into a common space, and holds their distributions there together.

    Each stream has a linear layer of its own into the common space; two more layers are shared. Of each stream's
    common feature a small network must give back the stream's own, lest the common space be empty.

    Args:
        width: Length of the features.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.align = nn.ModuleList(nn.Sequential(nn.Linear(width, width), nn.ReLU(inplace=True)) for _ in range(2))
        self.common = _two_layers(width)
        self.reconstruct = nn.ModuleList(_two_layers(width) for _ in range(2))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the loss, a scalar in float32, of two (B, width) whose rows are of the same images."""
        common = [self.common(align(own)) for align, own in zip(self.align, (first, second), strict=True)]
        losses = [
            functional.mse_loss(back(shared).float(), own.float())
            for back, shared, own in zip(self.reconstruct, common, (first, second), strict=True)
        ]
        distance = mean_discrepancy(*(functional.normalize(shared.float()) for shared in common))
        return distance + torch.stack(losses).sum()


def mean_discrepancy(first: Tensor, second: Tensor) -> Tensor:
    """Return the squared maximum mean discrepancy of two samples (B, D), a scalar (Gretton et al., JMLR 2012).

    Its kernel is a sum of Gaussians, one for each of the widths of the authors' released code, meant for features of
    length 1.
    """
    return _kernel(first, first).mean() + _kernel(second, second).mean() - 2 * _kernel(first, second).mean()


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    squares = (first[:, None] - second[None]).square().sum(dim=2)
    return torch.stack([(-squares / (2 * sigma**2)).exp() for sigma in _SIGMAS]).sum(dim=0)


def _two_layers(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(inplace=True), nn.Linear(width, width))
