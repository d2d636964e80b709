"""The identity classifier that every system ends in while it is trained (Shu et al. 2021, Eq. 4)."""

from torch import nn


def classifier(channels: int, num_identities: int, std: float = 0.001, *, bias: bool = False) -> nn.Linear:
    """Return a linear layer from features (B, channels) to logits (B, num_identities), with small random weights.

    Args:
        channels: Length of the features.
        num_identities: Training identities.
        std: Standard deviation of the first weights.
        bias: Whether it learns a bias, which starts at 0.

    Raises:
        ValueError: `num_identities` is below 1.
    """
    if num_identities < 1:
        raise ValueError(f"num_identities is {num_identities}, expected at least 1 training identity")
    layer = nn.Linear(channels, num_identities, bias=bias)
    nn.init.normal_(layer.weight, std=std)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer
