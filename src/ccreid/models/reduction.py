"""The step from a pooled feature of a backbone to a short one, which the systems with several heads share."""

from torch import nn

WIDTH = 256
"""Length of a reduced feature in PCB, HPM and MGN."""


def reduction(channels: int, width: int = WIDTH) -> nn.Sequential:
    """Return a linear layer, a batch norm and a ReLU, from features (B, channels) to (B, width).

    On a pooled feature this is the 1x1 convolution of the papers.
    """
    linear = nn.Linear(channels, width, bias=False)
    nn.init.kaiming_normal_(linear.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(linear, nn.BatchNorm1d(width), nn.ReLU(inplace=True))
