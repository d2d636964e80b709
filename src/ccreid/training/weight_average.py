"""The running mean of a network's weights over the steps of its training (Polyak & Juditsky 1992)."""

import copy

import torch
from torch import Tensor, nn

from ccreid.models.network import ReIDNetwork


class WeightAverage(nn.Module):
    """A network of the same kind whose weights follow another's at a distance.

    After each step every weight is share * itself + (1 - share) * the other's. The statistics of batch norms are
    averaged alike, since they belong to the weights; counters are copied. While few steps were taken the share is
    (1 + step) / (10 + step), if that is less: a short run would else keep much of the weights that it began with.

    All of it is in its state dict, so that a resumed run goes on from where it stopped.

    Args:
        network: What is trained; is copied.
        share: Below 1, such as 0.999: about 1 / (1 - share) steps have a say.

    Attributes:
        network: The copy, which learns nothing by itself and stays in evaluation mode.
    """

    steps: Tensor

    def __init__(self, network: ReIDNetwork, share: float) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self._share = share
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def train(self, mode: bool = True) -> "WeightAverage":
        """Stay in evaluation mode, whatever the training around it does."""
        return super().train(False)

    @torch.no_grad()
    def update(self, network: ReIDNetwork) -> None:
        """Follow the network that is trained, after a step of it."""
        taken = int(self.steps)
        share = min(self._share, (1 + taken) / (10 + taken))
        self.steps += 1
        current = network.state_dict()
        for name, mean in self.network.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(current[name].to(mean.dtype), 1 - share)
            else:
                mean.copy_(current[name])
