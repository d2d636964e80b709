"""Stochastic depth: whole residual branches are left out for some images in training (Huang et al. 2016)."""

from typing import Final

import torch
from torch import Tensor, nn

from ccreid.errors import BadValueError

# What our backbones, timm and transformers call the place in a block where a branch is left out or not.
_PLACES: Final = frozenset({"drop_path", "drop_path1", "drop_path2"})


class DropPath(nn.Module):
    """Makes a residual branch zero for a random share of the images in training, and scales the others up for it.

    Args:
        share: Of the images, 0 to below 1.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, branch: Tensor) -> Tensor:
        """Return the branch (B, ...), zero in some rows."""
        if not self.training or self.share == 0:
            return branch
        # Drawn from torch's own source, which checkpointing winds back, so that a block computed anew drops the same.
        kept = torch.rand(len(branch), *[1] * (branch.ndim - 1), device=branch.device) >= self.share
        return branch * kept / (1 - self.share)

    def extra_repr(self) -> str:
        """Name the share when the module is printed."""
        return f"share={self.share:.3g}"


def set_drop_path(network: nn.Module, share: float) -> None:
    """Let a network's residual branches be left out in training, in place; it has no weights more.

    The share grows linearly from 0 at the first branch to its full value at the last, as in the paper: early branches
    are what all others stand on.

    Args:
        network: Whose blocks have a module named drop_path, or two, of any kind.
        share: Of the images that skip the last branch, 0 to below 1; 0 changes nothing.

    Raises:
        BadValueError: The network has no such place.
    """
    if share == 0:
        return
    # Places of one block in transformers are one module, called twice.
    places = [name for name, _ in network.named_modules() if name.rpartition(".")[2] in _PLACES]
    if not places:
        raise BadValueError(
            f"a {type(network).__name__} has no residual branch to leave out: set model.drop_path 0, or choose a "
            "ResNet, efficientnet_lite0 or a transformer"
        )
    blocks = list(dict.fromkeys(place.rpartition(".")[0] for place in places))
    for name in places:
        height = blocks.index(name.rpartition(".")[0]) / max(len(blocks) - 1, 1)
        network.set_submodule(name, DropPath(share * height))
