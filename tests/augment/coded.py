"""Batches whose pixels say where they were and which part they belong to."""

import torch
from torch import Tensor


def coded_batch(batch: int, height: int, width: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return uint8 images (row + 1, column + 1, part + 1) and their parts 0..5; no pixel of them is black."""
    parts = torch.randint(0, 6, (batch, height, width), generator=torch.Generator().manual_seed(seed))
    rows = torch.arange(1, height + 1)[None, :, None].expand(batch, height, width)
    columns = torch.arange(1, width + 1)[None, None, :].expand(batch, height, width)
    return torch.stack([rows, columns, parts + 1], dim=1).to(torch.uint8), parts.to(torch.uint8)
