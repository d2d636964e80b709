"""Thins an edge map to its ridges, as contour sketches are drawn from it (Canny 1986)."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

# A binomial filter: steadies the direction of a ridge, and moves it by nothing.
_SMOOTH: Final = (1.0, 4.0, 6.0, 4.0, 1.0)


def thin_edges(edges: Tensor) -> Tensor:
    """Keep each pixel that is at least as strong as the edge map one pixel to either side, across the ridge.

    The direction across the ridge is that in which the map, smoothed by a 5x5 binomial filter, bends most: the
    eigenvector of its second derivatives with the largest absolute eigenvalue. On the ridge the map bends down, at its
    foot up. The strength to either side is read between pixels, bilinearly; beyond the border the border goes on.

    Args:
        edges: Strengths, float (B, 1, H, W), at least 0.

    Returns:
        Float (B, 1, H, W): the same strengths on the ridges, 0 elsewhere.
    """
    across_x, across_y = _across(edges)
    height, width = edges.shape[2:]
    rows = torch.arange(height, device=edges.device)[:, None]
    columns = torch.arange(width, device=edges.device)
    keep = torch.ones_like(edges, dtype=torch.bool)
    for side in (-1, 1):
        keep &= edges >= _between(edges, rows + side * across_y, columns + side * across_x)
    return torch.where(keep, edges, 0)


def _across(edges: Tensor) -> tuple[Tensor, Tensor]:
    """Return the unit vector (x, y) across the ridge in each pixel, each (B, 1, H, W)."""
    smooth = torch.tensor(_SMOOTH, dtype=edges.dtype, device=edges.device)
    kernel = (smooth[:, None] * smooth / smooth.sum() ** 2)[None, None]
    # One pixel more than the filter takes, on each side, for the second derivatives.
    padded = functional.pad(edges, [len(_SMOOTH) // 2 + 1] * 4, mode="replicate")
    blurred = functional.conv2d(padded, kernel)
    centre = blurred[..., 1:-1, 1:-1]
    xx = blurred[..., 1:-1, 2:] - 2 * centre + blurred[..., 1:-1, :-2]
    yy = blurred[..., 2:, 1:-1] - 2 * centre + blurred[..., :-2, 1:-1]
    xy = (blurred[..., 2:, 2:] - blurred[..., 2:, :-2] - blurred[..., :-2, 2:] + blurred[..., :-2, :-2]) / 4
    # Half the angle of (xx - yy, 2 xy) points along the largest eigenvalue, half that of its opposite along the
    # smallest. Which of the two is larger without its sign, the sign of their sum says.
    sign = torch.where(xx + yy < 0, -1.0, 1.0)
    angle = torch.atan2(sign * 2 * xy, sign * (xx - yy)) / 2
    return angle.cos(), angle.sin()


def _between(maps: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """Read maps (B, 1, H, W) at positions (B, 1, H, W) in pixels, bilinearly."""
    height, width = maps.shape[2:]
    y, x = y.clamp(0, height - 1), x.clamp(0, width - 1)
    top, left = y.floor().clamp_max(max(height - 2, 0)), x.floor().clamp_max(max(width - 2, 0))
    down, right = y - top, x - left
    first = (top * width + left).long()
    flat = maps.flatten(2)

    def at(below: int, beside: int) -> Tensor:
        index = first + min(below, height - 1) * width + min(beside, width - 1)
        return flat.gather(2, index.flatten(2)).view_as(maps)

    upper = at(0, 0) * (1 - right) + at(0, 1) * right
    lower = at(1, 0) * (1 - right) + at(1, 1) * right
    return upper * (1 - down) + lower * down
