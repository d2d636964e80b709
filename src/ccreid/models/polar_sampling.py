"""The spatial polar transformation: an image unrolled about its centre, at angles that are learned.

Yang, Wu & Zheng, "Person re-identification by contour sketch under moderate clothing change", TPAMI 2019.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

KNOTS: Final = 64
"""Learned steps of the angle from one end of the range to the other."""

RADIUS: Final = 1.12
"""Largest radius, where 1 reaches the middle of each side of the image: far enough for feet half-way to a corner."""


class PolarSampling(nn.Module):
    """Samples an image on a grid of angles and radii; the angles are one set for all images, and are learned.

    The angle grows from a to b in steps lambda, which are learned and positive:
    theta_i = a + (b - a) * (lambda_1 + ... + lambda_i) / (lambda_1 + ... + lambda_n). They start equal. In the paper
    there are as many steps as rows; here there are 64 for images of any height, and the rows' angles are read between
    them.

    An angle of 0 points right, and of pi / 2 down. The image's height and width both count as 2, so that a circle is an
    ellipse that touches all four sides; the paper resizes its sketches to squares.

    Args:
        start: a, the first angle in radians.
        stop: b, the last angle in radians.
    """

    def __init__(self, start: float, stop: float) -> None:
        super().__init__()
        self.start, self.stop = start, stop
        # The logarithm keeps the steps positive, and weight decay pulls it towards equal steps.
        self.log_steps = nn.Parameter(torch.zeros(KNOTS))

    def forward(self, images: Tensor, rows: int, columns: int) -> Tensor:
        """Return the unrolled images (B, C, rows, columns): a row an angle, the centre in the first column.

        Beyond the image its border goes on.

        Args:
            images: (B, C, H, W).
            rows: Number of angles.
            columns: Number of radii, evenly spaced from the centre to `RADIUS`.
        """
        # In full precision, also under autocast: bfloat16 tells positions in a row of 128 pixels no better than 0.25.
        with torch.autocast(images.device.type, enabled=False):
            angles = self.angles(rows)[:, None]
            radii = RADIUS * (torch.arange(columns, device=images.device, dtype=torch.float32) + 0.5) / columns
            grid = torch.stack([radii * angles.cos(), radii * angles.sin()], dim=2)
            grid = grid.expand(images.shape[0], rows, columns, 2)
            unrolled = functional.grid_sample(images.float(), grid, padding_mode="border", align_corners=False)
        return unrolled.to(images.dtype)

    def angles(self, count: int) -> Tensor:
        """Return this many growing angles (count,) in radians, each in the middle of its share of the learned steps."""
        steps = self.log_steps.float().softmax(dim=0)
        ends = functional.pad(steps.cumsum(dim=0), (1, 0))
        place = (torch.arange(count, device=ends.device, dtype=torch.float32) + 0.5) * (KNOTS / count)
        before = place.floor().long()
        share = ends[before] + (place - before) * steps[before]
        return self.start + (self.stop - self.start) * share
