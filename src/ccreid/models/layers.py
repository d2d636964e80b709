"""Layers that several systems put on a backbone: stripes, reductions, BNNeck and classifiers."""

from torch import Tensor, nn

from ccreid.errors import BadValueError


def stripes(feature_map: Tensor, count: int) -> tuple[Tensor, ...]:
    """Cut a map (B, C, h, w) into stripes (B, C, rows, w) of equal height.

    Stripe i begins in row floor(i * h / count) and ends before row ceil((i + 1) * h / count), as the windows of torch's
    adaptive pooling do: where h is no multiple of `count` neighbours share a row, and none is ever empty.

    Args:
        feature_map: (B, C, h, w).
        count: Number of stripes, from head to foot.

    Returns:
        `count` maps (B, C, rows, w), views of the given one.
    """
    height = feature_map.shape[2]
    return tuple(
        feature_map[:, :, index * height // count : -(-(index + 1) * height // count)] for index in range(count)
    )


WIDTH = 256
"""Length of a reduced feature in PCB, HPM and MGN."""


def reduction(channels: int, width: int = WIDTH) -> nn.Sequential:
    """Return a linear layer, a batch norm and a ReLU, from features (B, channels) to (B, width).

    On a pooled feature this is the 1x1 convolution of the papers.

    Args:
        channels: Length of the pooled features.
        width: Length of the reduced ones.

    Returns:
        The three layers, in training mode.
    """
    linear = nn.Linear(channels, width, bias=False)
    nn.init.kaiming_normal_(linear.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(linear, nn.BatchNorm1d(width), nn.ReLU(inplace=True))


def bnneck(channels: int) -> nn.BatchNorm1d:
    """Return BNNeck, a batch norm without a shift between the embedding and the classifier (Luo et al. 2019, Sec. 3.5).

    Without a shift the features after it stay centred, which suits the cosine distance.
    """
    neck = nn.BatchNorm1d(channels)
    neck.bias.requires_grad_(False)
    return neck


class Classifier(nn.Linear):
    """The identity classifier that a system ends in while it is trained, with small random weights.

    It turns features (B, channels) into logits (B, num_identities), of which the identity loss is (Shu et al. 2021,
    Eq. 4).

    Args:
        channels: Length of the features.
        num_identities: Training identities.
        std: Standard deviation of the first weights.
        bias: Whether it learns a bias, which starts at 0.

    Raises:
        BadValueError: `num_identities` is below 1.
    """

    def __init__(self, channels: int, num_identities: int, std: float = 0.001, *, bias: bool = False) -> None:
        if num_identities < 1:
            raise BadValueError(f"num_identities is {num_identities}, expected at least 1 training identity")
        super().__init__(channels, num_identities, bias=bias)
        nn.init.normal_(self.weight, std=std)
        if bias:
            nn.init.zeros_(self.bias)
