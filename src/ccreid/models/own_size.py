"""Which models take images in the size that they have on disk, instead of the recipe's."""

from torch import nn


def reads_own_size(model: nn.Module) -> bool:
    """Return whether a model says, by an attribute `reads_own_size`, that it takes images one at a time as they are."""
    return bool(getattr(model, "reads_own_size", False))
