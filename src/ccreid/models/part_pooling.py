"""What a network saw of each region of an image: the mean and the spread of its maps over the region's pixels."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def bands(region: Tensor, count: int) -> Tensor:
    """Cut a region into bands from top to bottom that hold equally many of its pixels, to a row.

    So the same band of a jacket is compared wherever the person stands in the image, and however far it is away.

    Args:
        region: bool (B, H, W).
        count: Number of bands.

    Returns:
        bool (B, count, H, W); each row of the region is in one band.
    """
    through = region.sum(2).cumsum(1)
    # Of the region's pixels, those in this row and above it; the rows above the region are in no band anyway.
    share = through / through[:, -1:].clamp(min=1)
    place = (share * count).ceil().clamp(1, count)
    numbers = torch.arange(1, count + 1, device=region.device)
    return region[:, None] & (place[:, None, :, None] == numbers[:, None, None])


def pooled(levels: Sequence[Tensor], regions: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean and the standard deviation of maps over regions, each level's vector L2-normalised.

    Args:
        levels: Maps of the same images, (B, C, h, w) each of its own size.
        regions: Shares of each pixel that belong to each region, floating point (B, R, H, W) in 0..1.

    Returns:
        Means and standard deviations, (B, R, sum of the levels' C) each; zero for a region without pixels.
    """
    means, spreads = [], []
    for level in levels:
        share = functional.interpolate(regions, size=level.shape[2:], mode="area").flatten(2)
        total = share.sum(2, keepdim=True)
        share = share / total.clamp(min=1e-6)
        flat = level.flatten(2).transpose(1, 2)
        mean = share @ flat
        # Rounding may leave a little less than nothing, where the root has no slope.
        spread = (share @ flat.square() - mean.square()).clamp(min=1e-10).sqrt() * (total > 0)
        means.append(functional.normalize(mean, dim=2))
        spreads.append(functional.normalize(spread, dim=2))
    return torch.cat(means, dim=2), torch.cat(spreads, dim=2)
