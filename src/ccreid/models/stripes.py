"""Horizontal stripes of a feature map, from head to foot: what the part-based systems pool over."""

from torch import Tensor


def stripes(feature_map: Tensor, count: int) -> tuple[Tensor, ...]:
    """Cut a map (B, C, h, w) into stripes (B, C, rows, w) of equal height.

    Stripe i begins in row floor(i * h / count) and ends before row ceil((i + 1) * h / count), as the windows of torch's
    adaptive pooling do: where h is no multiple of `count` neighbours share a row, and none is ever empty.
    """
    height = feature_map.shape[2]
    return tuple(
        feature_map[:, :, index * height // count : -(-(index + 1) * height // count)] for index in range(count)
    )
